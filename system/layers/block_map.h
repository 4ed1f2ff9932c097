// SPDX-License-Identifier: GPL-2.0-only
//
// Where the bytes of a block device are on the disks below it: all of a
// partition on one disk, a device-mapper device in pieces on several. Linear
// and striped targets are followed, over each other, too, as DAX goes through
// both.
//
//   const BlockMap map = BlockMap::Of(st.st_dev);
//   for (DeviceRange bad : map.FromDisk("pmem0", {4096, 8192})) ...
//
// Immutable after construction; thread-safe.

#ifndef DAXMEND_SYSTEM_LAYERS_BLOCK_MAP_H_
#define DAXMEND_SYSTEM_LAYERS_BLOCK_MAP_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

class BlockMap {
 public:
  // A part of the device and where it lies; both ranges have the same length.
  struct Piece {
    DeviceRange device;
    std::string disk;
    DeviceRange on_disk;
    bool operator==(const Piece&) const = default;
  };
  // Bytes of the device that lie on `legs`, `chunk` bytes on each by turns.
  struct Part {
    struct Leg {
      std::shared_ptr<const BlockMap> map;
      uint64_t begin = 0;
    };
    DeviceRange device;
    uint64_t chunk = 0;
    std::vector<Leg> legs;
  };

  // Of the block device with this number, as it is now. Throws Error where its
  // places cannot be told: other targets, or a table that only root may read.
  static BlockMap Of(dev_t number);

  // A disk, which is where it is, and one that is made of parts, ascending.
  explicit BlockMap(std::string disk) : disk_(std::move(disk)) {}
  explicit BlockMap(std::vector<Part> parts) : parts_(std::move(parts)) {}

  // Names of the disks, each once, ascending.
  std::vector<std::string> Disks() const;
  // Where `range` of the device lies, ascending on the device.
  std::vector<Piece> ToDisks(DeviceRange range) const;
  // What of the device lies in `range` of `disk`, normalized.
  std::vector<DeviceRange> FromDisk(const std::string& disk,
                                    DeviceRange range) const;
  // What of `disk` the device lies on, normalized: all of the disk for the disk
  // itself.
  std::vector<DeviceRange> PlacesOn(const std::string& disk) const;
  // The disk and the byte of it that the device begins at, where all of it lies
  // there in one piece, as a partition does.
  struct Place {
    std::string disk;
    uint64_t begin = 0;
    bool operator==(const Place&) const = default;
  };
  std::optional<Place> InOnePiece() const;

  // Do both lie on the same bytes of a disk somewhere?
  bool Overlaps(const BlockMap& other) const;

 private:
  // Of `range` of the device.
  void AddPlaces(const std::string& disk, DeviceRange range,
                 std::vector<DeviceRange>& places) const;

  std::string disk_;  // of a disk
  std::vector<Part> parts_;
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_LAYERS_BLOCK_MAP_H_
