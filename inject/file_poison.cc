// SPDX-License-Identifier: GPL-2.0-only
//
// Of a poison listing (poison_list.h) what is about one file, by its extents.

#include <algorithm>
#include <map>
#include <utility>

#include "inject/owners/unit_owners.h"
#include "inject/poison_list.h"
#include "inject/poison_map.h"

namespace daxmend {

bool IsShared(const ExtentMap& extents, FileRange part) {
  return std::any_of(extents.extents().begin(), extents.extents().end(),
                     [&](const Extent& extent) {
                       return extent.shared && extent.file.Overlaps(part);
                     });
}

void SortByOffset(std::vector<ListedPoison>& list) {
  std::stable_sort(list.begin(), list.end(),
                   [](const ListedPoison& a, const ListedPoison& b) {
                     return a.file->begin < b.file->begin;
                   });
}

std::vector<ListedPoison> PoisonInFile(const std::vector<SectorRange>& bad,
                                       const ExtentMap& extents,
                                       const BlockDevice& device,
                                       const std::optional<SpaRange>& media,
                                       const Owner& owner, uint64_t unit) {
  std::vector<ListedPoison> list;
  for (UnitRange r : bad) {
    const DeviceRange bytes = BytesOnDevice(device, r, unit);
    if (bytes.empty()) continue;
    for (const ExtentMap::Piece& piece : extents.ToFile(bytes)) {
      const UnitRange units = UnitsOnDisk(device, piece.device, unit);
      list.push_back(
          {.disk = device.disk,
           .sectors = units,
           .spa = media ? std::optional(SpaOfSectors(*media, units, unit))
                        : std::nullopt,
           .owner = owner,
           .file = piece.file,
           .shared = IsShared(extents, piece.file),
           .unit_bytes = unit});
    }
  }
  SortByOffset(list);
  return list;
}

void AskSharers(std::vector<ListedPoison>& listed,
                const std::function<void(const std::string&)>& progress) {
  std::map<std::string, std::vector<SectorRange>> wanted;  // by disk
  for (const ListedPoison& one : listed)
    if (one.shared)
      wanted[one.disk].push_back(
          CoveringSectors({one.sectors.begin * one.unit_bytes,
                           one.sectors.end * one.unit_bytes}));
  for (auto& [disk, sectors] : wanted) {
    const std::vector<SectorOwner> owned =
        FindOwners(disk, Normalize(std::move(sectors)), progress);
    for (ListedPoison& one : listed)
      if (one.shared && one.disk == disk)
        one.sharers = OthersOf(owned, one.sectors, one.unit_bytes,
                               one.owner.inode, *one.file);
  }
}

}  // namespace daxmend
