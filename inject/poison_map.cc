// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_map.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/error.h"

namespace daxmend {
namespace {

std::string At(const std::string& file, uint64_t offset) {
  return fmt::format("{} at offset {}", file, offset);
}

void RequirePlainData(const ExtentMap& extents, const std::string& file,
                      FileRange range) {
  for (const Unplaced& part : extents.unplaced())
    if (part.file.Overlaps(range))
      throw Error({.thing = At(file, Intersect(part.file, range).begin),
                   .cause = std::string(part.cause) +
                            ", so it cannot be located on the device",
                   .way_out = "name another range"});
  for (const Extent& extent : extents.extents()) {
    if (!extent.file.Overlaps(range)) continue;
    const uint64_t offset = Intersect(extent.file, range).begin;
    if (extent.shared)
      throw Error({.thing = At(file, offset),
                   .cause = "shares its blocks with another file (reflink), "
                            "which would be poisoned too",
                   .way_out = "use a file that shares no blocks"});
    if (extent.unwritten)
      throw Error({.thing = At(file, offset),
                   .cause = "is allocated but was never written, so reads of "
                            "it do not touch the media",
                   .way_out = "write it first"});
  }
}

}  // namespace

SpaRange SpaOfSectors(SpaRange media, UnitRange sectors, uint64_t unit) {
  return {media.begin + sectors.begin * unit, media.begin + sectors.end * unit};
}

UnitRange UnitsOnDisk(const BlockDevice& device, DeviceRange bytes,
                      uint64_t unit) {
  const uint64_t start = device.start_sector * kSectorBytes;
  return {(start + bytes.begin) / unit, (start + bytes.end + unit - 1) / unit};
}

DeviceRange BytesOnDevice(const BlockDevice& device, UnitRange units,
                          uint64_t unit) {
  const uint64_t start = device.start_sector * kSectorBytes;
  const uint64_t end = start + device.sectors * kSectorBytes;
  const uint64_t begin = std::max(units.begin * unit, start);
  return {begin - start,
          std::max(begin, std::min(units.end * unit, end)) - start};
}

std::vector<PoisonedRange> LocatePoison(const ExtentMap& extents,
                                        const BlockDevice& device,
                                        SpaRange media, const std::string& file,
                                        const std::vector<FileRange>& ranges,
                                        uint64_t unit) {
  std::vector<PoisonedRange> located;
  for (FileRange range : ranges) {
    RequirePlainData(extents, file, range);
    uint64_t reached = range.begin;
    for (const ExtentMap::Piece& piece : extents.ToDevice(range)) {
      if (piece.file.begin != reached) break;
      if (piece.device.begin % unit != 0)
        throw Error({.thing = At(file, piece.file.begin),
                     .cause = fmt::format(
                         "is not aligned to the {}-byte "
                         "{}s of {}",
                         unit, unit == kSectorBytes ? "sector" : "unit",
                         device.node())});
      reached = piece.file.end;
      const UnitRange sectors = UnitsOnDisk(device, piece.device, unit);
      const SpaRange spa = SpaOfSectors(media, sectors, unit);
      if (!media.Contains(spa))
        throw Error({.thing = At(file, piece.file.begin),
                     .cause = "lies outside the media of " + device.node()});
      located.push_back({piece.file, sectors, spa});
    }
    if (reached < range.end)
      throw Error({.thing = At(file, reached),
                   .cause = "is a hole, so there is nothing to poison",
                   .way_out = "write it first"});
  }
  return located;
}

}  // namespace daxmend
