// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/unit_owners.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace daxmend {
namespace {

DeviceRange BytesOf(UnitRange units, uint64_t unit) {
  return {units.begin * unit, units.end * unit};
}

// Joined to what is there of the same owner just in front of it.
void AddOther(Sharer other, std::vector<Sharer>& others) {
  const auto before =
      std::find_if(others.begin(), others.end(), [&](const Sharer& known) {
        return known.owner == other.owner && known.file && other.file &&
               known.file->end == other.file->begin;
      });
  if (before != others.end())
    before->file->end = other.file->end;
  else
    others.push_back(std::move(other));
}

}  // namespace

std::vector<SectorOwner> OwnersOfUnits(const std::vector<SectorOwner>& owned,
                                       UnitRange units, uint64_t unit) {
  std::vector<SectorOwner> parts;
  for (const SectorOwner& owner : owned) {
    const DeviceRange theirs = ToBytes(owner.sectors);
    const DeviceRange both = Intersect(theirs, BytesOf(units, unit));
    if (both.empty()) continue;
    const auto cut = [&](std::optional<FileRange>& file) {
      if (file)
        file = FileRange::OfLength(file->begin + (both.begin - theirs.begin),
                                   both.length());
    };
    SectorOwner part = owner;
    part.sectors = {both.begin / unit, (both.end + unit - 1) / unit};
    cut(part.file);
    for (Sharer& sharer : part.sharers) cut(sharer.file);
    parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<Sharer> OthersOf(const std::vector<SectorOwner>& owned,
                             UnitRange units, uint64_t unit, uint64_t inode,
                             FileRange file) {
  std::vector<Sharer> others;
  for (SectorOwner& part : OwnersOfUnits(owned, units, unit)) {
    const uint64_t here =
        file.begin + (part.sectors.begin - units.begin) * unit;
    part.sharers.insert(part.sharers.begin(), {part.owner, part.file});
    for (Sharer& sharer : part.sharers)
      if (sharer.owner.inode != inode || !sharer.file ||
          sharer.file->begin != here)
        AddOther(std::move(sharer), others);
  }
  return others;
}

}  // namespace daxmend
