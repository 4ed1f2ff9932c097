// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/owner_search.h"

#include <algorithm>

namespace daxmend {
namespace {

bool HasOffsets(Owner::Kind kind) {
  return kind == Owner::Kind::kFile || kind == Owner::Kind::kNameless;
}

bool Continues(const OwnedRange& a, const OwnedRange& b) {
  return a.device.end == b.device.begin && a.owner == b.owner &&
         a.file.has_value() == b.file.has_value() &&
         (!a.file || a.file->end == b.file->begin);
}

}  // namespace

OwnerSearch::OwnerSearch(const std::vector<DeviceRange>& wanted,
                         const std::vector<SpaceRecord>& space,
                         const std::optional<Owner>& rest)
    : rest_(rest) {
  std::vector<DeviceRange> told;
  uint64_t reached = 0;  // shared blocks have a record for each owner
  for (const SpaceRecord& record : space) {
    if (record.use == SpaceRecord::Use::kAllocated) continue;
    for (DeviceRange part : IntersectAll(record.device, wanted)) {
      part.begin = std::max(part.begin, reached);
      if (part.empty()) continue;
      reached = part.end;
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
  told = Normalize(std::move(told));
  for (DeviceRange range : wanted)
    for (DeviceRange rest : Subtract(range, told)) unclaimed_.push_back(rest);
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
        return !IntersectAll(extent.device(), unclaimed_).empty();
      });
}

void OwnerSearch::Claim(const Owner& owner, const ExtentMap& extents) {
  std::vector<DeviceRange> claimed;
  for (const Extent& extent : extents.extents())
    for (DeviceRange part : IntersectAll(extent.device(), unclaimed_))
      // A file may have the same blocks twice (reflink).
      for (DeviceRange fresh : Subtract(part, Normalize(claimed))) {
        claimed.push_back(fresh);
        OwnedRange owned{.device = fresh, .owner = owner, .file = {}};
        if (HasOffsets(owner.kind))
          owned.file = FileRange::OfLength(
              extent.file.begin + fresh.begin - extent.device_begin,
              fresh.length());
        found_.push_back(std::move(owned));
      }
  claimed = Normalize(std::move(claimed));
  std::vector<DeviceRange> rest;
  for (DeviceRange range : unclaimed_)
    for (DeviceRange part : Subtract(range, claimed)) rest.push_back(part);
  unclaimed_ = std::move(rest);
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
  std::sort(all.begin(), all.end(),
            [](const OwnedRange& a, const OwnedRange& b) {
              return a.device < b.device;
            });
  std::vector<OwnedRange> joined;
  for (OwnedRange& range : all) {
    if (!joined.empty() && Continues(joined.back(), range)) {
      joined.back().device.end = range.device.end;
      if (range.file) joined.back().file->end = range.file->end;
    } else {
      joined.push_back(std::move(range));
    }
  }
  return joined;
}

}  // namespace daxmend
