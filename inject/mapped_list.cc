// SPDX-License-Identifier: GPL-2.0-only

#include "inject/mapped_list.h"

#include <utility>

namespace daxmend {
namespace {

DeviceRange BytesOf(const ListedPoison& poison) {
  return {poison.sectors.begin * poison.unit_bytes,
          poison.sectors.end * poison.unit_bytes};
}

// The part of `poison` that is `bytes` of its disk.
ListedPoison PartOf(const ListedPoison& poison, DeviceRange bytes) {
  const uint64_t unit = poison.unit_bytes;
  ListedPoison part = poison;
  part.sectors = {bytes.begin / unit, (bytes.end + unit - 1) / unit};
  const uint64_t skipped = (part.sectors.begin - poison.sectors.begin) * unit;
  const uint64_t length = part.sectors.length() * unit;
  if (part.spa)
    part.spa = SpaRange::OfLength(part.spa->begin + skipped, length);
  if (part.file)
    part.file = FileRange::OfLength(part.file->begin + skipped, length);
  for (Sharer& sharer : part.sharers)
    if (sharer.file)
      sharer.file = FileRange::OfLength(sharer.file->begin + skipped, length);
  return part;
}

// The parts of `listed` that lie on the device of `map`, and where `extents`
// are given, in the file that has these there.
std::vector<ListedPoison> PartsOn(const std::vector<ListedPoison>& listed,
                                  const BlockMap& map,
                                  const ExtentMap* extents) {
  std::vector<ListedPoison> found;
  for (const ListedPoison& poison : listed)
    for (DeviceRange on_device : map.FromDisk(poison.disk, BytesOf(poison))) {
      // Without a file, all of it.
      std::vector<ExtentMap::Piece> wanted = {
          {.file = {}, .device = on_device}};
      if (extents) wanted = extents->ToFile(on_device);
      for (const ExtentMap::Piece& part : wanted)
        for (const BlockMap::Piece& piece : map.ToDisks(part.device)) {
          found.push_back(PartOf(poison, piece.on_disk));
          if (extents)
            found.back().file = FileRange::OfLength(
                part.file.begin + (piece.device.begin - part.device.begin),
                piece.device.length());
        }
    }
  return found;
}

}  // namespace

std::vector<ListedPoison> OnMapped(const std::vector<ListedPoison>& listed,
                                   const BlockMap& map) {
  return PartsOn(listed, map, nullptr);
}

std::vector<ListedPoison> InMappedFile(const std::vector<ListedPoison>& listed,
                                       const BlockMap& map,
                                       const ExtentMap& extents,
                                       const Owner& owner) {
  std::vector<ListedPoison> found = PartsOn(listed, map, &extents);
  for (ListedPoison& part : found) {
    part.owner = owner;
    part.shared = IsShared(extents, *part.file);
  }
  SortByOffset(found);
  return found;
}

PoisonListing ListMapped(
    const BlockDevice& device,
    const std::function<PoisonListing(const BlockDevice& disk)>& list) {
  const BlockMap map = BlockMap::Of(device.number);
  PoisonListing listing;
  for (const std::string& disk : map.Disks()) {
    PoisonListing all;
    try {
      all = list(FindBlockDevice("/dev/" + disk));
    } catch (const Error& e) {
      all.unknown.push_back(e.what());
    }
    listing.cut = listing.cut || all.cut;
    for (ListedPoison& part : OnMapped(all.poison, map))
      listing.poison.push_back(std::move(part));
    for (std::string& what : all.unknown)
      listing.unknown.push_back(std::move(what));
  }
  return listing;
}

}  // namespace daxmend
