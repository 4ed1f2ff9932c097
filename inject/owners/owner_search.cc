// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/owner_search.h"

#include <algorithm>
#include <utility>

namespace daxmend {
namespace {

bool HasOffsets(Owner::Kind kind) {
  return kind == Owner::Kind::kFile || kind == Owner::Kind::kNameless;
}

bool Continues(const std::optional<FileRange>& a,
               const std::optional<FileRange>& b) {
  return a.has_value() == b.has_value() && (!a || a->end == b->begin);
}

bool Continues(const OwnedRange& a, const OwnedRange& b) {
  return a.device.end == b.device.begin && a.owner == b.owner &&
         Continues(a.file, b.file) &&
         std::equal(a.sharers.begin(), a.sharers.end(), b.sharers.begin(),
                    b.sharers.end(), [](const Sharer& x, const Sharer& y) {
                      return x.owner == y.owner && Continues(x.file, y.file);
                    });
}

// `ranges`, of which some may lie over others, cut so that those that do are as
// long as each other; ascending, in the order given where they begin together.
std::vector<OwnedRange> CutWhereTheyMeet(
    const std::vector<OwnedRange>& ranges) {
  std::vector<uint64_t> cuts;
  for (const OwnedRange& range : ranges) {
    cuts.push_back(range.device.begin);
    cuts.push_back(range.device.end);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<OwnedRange> pieces;
  for (const OwnedRange& range : ranges) {
    auto cut = std::upper_bound(cuts.begin(), cuts.end(), range.device.begin);
    for (uint64_t at = range.device.begin; at < range.device.end; at = *cut++)
      pieces.push_back(PartOf(range, {at, *cut}));
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const OwnedRange& a, const OwnedRange& b) {
                     return a.device < b.device;
                   });
  return pieces;
}

// `other` is of the same bytes as `range`. Two names of a file are one owner.
void AddSharer(OwnedRange& range, OwnedRange other) {
  const auto is_other = [&](const Owner& owner,
                            const std::optional<FileRange>& file) {
    return owner.inode == other.owner.inode && file == other.file;
  };
  if (is_other(range.owner, range.file)) return;
  for (const Sharer& known : range.sharers)
    if (is_other(known.owner, known.file)) return;
  range.sharers.push_back({std::move(other.owner), other.file});
}

}  // namespace

OwnedRange PartOf(const OwnedRange& range, DeviceRange device) {
  const auto cut = [&](std::optional<FileRange>& file) {
    if (file)
      file = FileRange::OfLength(
          file->begin + (device.begin - range.device.begin), device.length());
  };
  OwnedRange part = range;
  part.device = device;
  cut(part.file);
  for (Sharer& sharer : part.sharers) cut(sharer.file);
  return part;
}

OwnerSearch::OwnerSearch(const std::vector<DeviceRange>& wanted,
                         const std::vector<SpaceRecord>& space,
                         const std::optional<Owner>& rest)
    : rest_(rest) {
  std::vector<DeviceRange> told;
  for (const SpaceRecord& record : space) {
    if (record.use == SpaceRecord::Use::kAllocated) continue;
    // Shared blocks have a record for each owner.
    for (DeviceRange part : IntersectAll(record.device, wanted)) {
      told.push_back(part);
      OwnedRange owned{.device = part, .owner = {}, .file = {}};
      if (record.use == SpaceRecord::Use::kInode) {
        owned.owner.kind = Owner::Kind::kNameless;
        owned.owner.inode = record.inode;
        owned.file = FileRange::OfLength(
            record.file_begin + part.begin - record.device.begin,
            part.length());
        nameless_[record.inode].push_back(owned);
      } else {
        owned.owner.kind = record.use == SpaceRecord::Use::kFree
                               ? Owner::Kind::kFree
                               : Owner::Kind::kMetadata;
        found_.push_back(owned);
      }
    }
  }
  unclaimed_ = SubtractAll(wanted, Normalize(std::move(told)));
}

void OwnerSearch::Name(const Owner& owner) {
  auto at = nameless_.find(owner.inode);
  if (at == nameless_.end()) return;
  for (OwnedRange& range : at->second) {
    range.owner = owner;
    if (!HasOffsets(owner.kind)) range.file.reset();
    found_.push_back(std::move(range));
  }
  nameless_.erase(at);
}

bool OwnerSearch::Touches(const ExtentMap& extents) const {
  return std::any_of(
      extents.extents().begin(), extents.extents().end(),
      [&](const Extent& extent) {
        return !IntersectAll(extent.device(), unclaimed_).empty() ||
               !IntersectAll(extent.device(), shared_).empty();
      });
}

void OwnerSearch::Claim(const Owner& owner, const ExtentMap& extents) {
  std::vector<DeviceRange> claimed, shared = shared_;
  for (const Extent& extent : extents.extents())
    for (const auto* open : {&unclaimed_, &shared_})
      for (DeviceRange part : IntersectAll(extent.device(), *open)) {
        claimed.push_back(part);
        if (extent.shared) shared.push_back(part);
        OwnedRange owned{.device = part, .owner = owner, .file = {}};
        if (HasOffsets(owner.kind))
          owned.file = FileRange::OfLength(
              extent.file.begin + part.begin - extent.device_begin,
              part.length());
        found_.push_back(std::move(owned));
      }
  unclaimed_ = SubtractAll(unclaimed_, Normalize(std::move(claimed)));
  shared_ = Normalize(std::move(shared));
}

std::vector<OwnedRange> OwnerSearch::Result() const {
  std::vector<OwnedRange> all = found_;
  for (const auto& [inode, ranges] : nameless_)
    for (OwnedRange range : ranges) {
      if (rest_) {
        range.owner = *rest_;
        range.owner.inode = inode;
      }
      all.push_back(std::move(range));
    }
  const Owner unclaimed =
      rest_.value_or(Owner{.kind = Owner::Kind::kAllocated});
  for (DeviceRange range : unclaimed_)
    all.push_back({.device = range, .owner = unclaimed, .file = {}});
  std::vector<OwnedRange> each;
  for (OwnedRange& range : CutWhereTheyMeet(all)) {
    if (!each.empty() && each.back().device == range.device)
      AddSharer(each.back(), std::move(range));
    else
      each.push_back(std::move(range));
  }
  std::vector<OwnedRange> joined;
  for (OwnedRange& range : each) {
    if (joined.empty() || !Continues(joined.back(), range)) {
      joined.push_back(std::move(range));
      continue;
    }
    OwnedRange& last = joined.back();
    last.device.end = range.device.end;
    if (range.file) last.file->end = range.file->end;
    for (size_t i = 0; i < last.sharers.size(); ++i)
      if (last.sharers[i].file)
        last.sharers[i].file->end = range.sharers[i].file->end;
  }
  return joined;
}

}  // namespace daxmend
