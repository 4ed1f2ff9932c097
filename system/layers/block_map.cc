// SPDX-License-Identifier: GPL-2.0-only

#include "system/layers/block_map.h"

#include <algorithm>
#include <set>

#include "system/block_device.h"
#include "system/layers/dm_table.h"

namespace daxmend {
namespace {

std::shared_ptr<const BlockMap> Shared(BlockMap map) {
  return std::make_shared<const BlockMap>(std::move(map));
}

}  // namespace

BlockMap BlockMap::Of(dev_t number) {
  if (!IsMapper(number)) {
    const BlockDevice device = FindBlockDevice(number);
    const uint64_t bytes = device.sectors * kSectorBytes;
    return BlockMap({Part{.device = {0, bytes},
                          .chunk = bytes,
                          .legs = {{Shared(BlockMap(device.disk)),
                                    device.start_sector * kSectorBytes}}}});
  }
  const std::string name = NameOfBlockDevice(number);
  std::vector<Part> parts;
  for (const MapperTarget& target : ReadMapperTable(number)) {
    const MapperLegs found = LegsOf(target, name);
    Part part{
        .device = ToBytes(target.sectors), .chunk = found.chunk, .legs = {}};
    for (const MapperLegs::Leg& leg : found.legs)
      part.legs.push_back({Shared(Of(leg.device)), leg.begin});
    parts.push_back(std::move(part));
  }
  return BlockMap(std::move(parts));
}

std::vector<std::string> BlockMap::Disks() const {
  if (!disk_.empty()) return {disk_};
  std::set<std::string> disks;
  for (const Part& part : parts_)
    for (const Part::Leg& leg : part.legs)
      for (std::string& disk : leg.map->Disks()) disks.insert(std::move(disk));
  return {disks.begin(), disks.end()};
}

std::vector<BlockMap::Piece> BlockMap::ToDisks(DeviceRange range) const {
  if (!disk_.empty()) return {{range, disk_, range}};
  std::vector<Piece> pieces;
  for (const Part& part : parts_) {
    const DeviceRange in = Intersect(range, part.device);
    for (uint64_t at = in.begin; at < in.end;) {
      const uint64_t chunk = (at - part.device.begin) / part.chunk;
      const uint64_t chunk_begin = part.device.begin + chunk * part.chunk;
      const uint64_t end = std::min(in.end, chunk_begin + part.chunk);
      const Part::Leg& leg = part.legs[chunk % part.legs.size()];
      const uint64_t begin = leg.begin + chunk / part.legs.size() * part.chunk +
                             (at - chunk_begin);
      for (Piece& piece :
           leg.map->ToDisks(DeviceRange::OfLength(begin, end - at))) {
        piece.device = DeviceRange::OfLength(at + (piece.device.begin - begin),
                                             piece.device.length());
        pieces.push_back(std::move(piece));
      }
      at = end;
    }
  }
  return pieces;
}

std::vector<DeviceRange> BlockMap::FromDisk(const std::string& disk,
                                            DeviceRange range) const {
  if (!disk_.empty())
    return disk == disk_ ? std::vector<DeviceRange>{range}
                         : std::vector<DeviceRange>{};
  std::vector<DeviceRange> found;
  for (const Part& part : parts_) {
    const uint64_t legs = part.legs.size();
    for (uint64_t i = 0; i < legs; ++i) {
      const Part::Leg& leg = part.legs[i];
      const auto whole =
          DeviceRange::OfLength(leg.begin, part.device.length() / legs);
      for (DeviceRange on : leg.map->FromDisk(disk, range)) {
        on = Intersect(on, whole);
        for (uint64_t at = on.begin; at < on.end;) {
          const uint64_t chunk = (at - leg.begin) / part.chunk;
          const uint64_t chunk_begin = leg.begin + chunk * part.chunk;
          const uint64_t end = std::min(on.end, chunk_begin + part.chunk);
          found.push_back(DeviceRange::OfLength(
              part.device.begin + (chunk * legs + i) * part.chunk +
                  (at - chunk_begin),
              end - at));
          at = end;
        }
      }
    }
  }
  return Normalize(std::move(found));
}

void BlockMap::AddPlaces(const std::string& disk, DeviceRange range,
                         std::vector<DeviceRange>& places) const {
  if (!disk_.empty()) {
    if (disk == disk_) places.push_back(range);
    return;
  }
  for (const Part& part : parts_) {
    const DeviceRange in = Intersect(range, part.device);
    if (in.empty()) continue;
    const uint64_t round = part.chunk * part.legs.size();
    for (size_t i = 0; i < part.legs.size(); ++i) {
      // How much of the leg is in front of a byte of the device. What is
      // between two of them is in one piece on the leg.
      const auto taken = [&](uint64_t at) {
        const uint64_t bytes = at - part.device.begin;
        const uint64_t before = i * part.chunk, of_round = bytes % round;
        return bytes / round * part.chunk +
               std::min(of_round > before ? of_round - before : 0, part.chunk);
      };
      const Part::Leg& leg = part.legs[i];
      const DeviceRange on_leg{leg.begin + taken(in.begin),
                               leg.begin + taken(in.end)};
      if (!on_leg.empty()) leg.map->AddPlaces(disk, on_leg, places);
    }
  }
}

std::vector<DeviceRange> BlockMap::PlacesOn(const std::string& disk) const {
  std::vector<DeviceRange> places;
  AddPlaces(disk, {0, uint64_t{1} << 62}, places);  // no device is longer
  return Normalize(std::move(places));
}

bool BlockMap::Overlaps(const BlockMap& other) const {
  for (const std::string& disk : Disks()) {
    const std::vector<DeviceRange> theirs = other.PlacesOn(disk);
    for (DeviceRange place : PlacesOn(disk))
      if (!IntersectAll(place, theirs).empty()) return true;
  }
  return false;
}

std::optional<BlockMap::Place> BlockMap::InOnePiece() const {
  if (!disk_.empty()) return Place{disk_, 0};
  if (parts_.size() != 1 || parts_.front().legs.size() != 1)
    return std::nullopt;
  const Part::Leg& leg = parts_.front().legs.front();
  std::optional<Place> below = leg.map->InOnePiece();
  if (below) below->begin += leg.begin;
  return below;
}

}  // namespace daxmend
