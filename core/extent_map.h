// SPDX-License-Identifier: GPL-2.0-only
//
// Where a file's bytes are on its block device, both ways round, as FS_IOC_
// FIEMAP tells it (Documentation/filesystems/fiemap.rst). A snapshot: the file
// system may move an extent as soon as it has been read.
//
// Immutable after construction; safe to read from any thread.

#ifndef DAXMEND_CORE_EXTENT_MAP_H_
#define DAXMEND_CORE_EXTENT_MAP_H_

#include <vector>

#include "core/range.h"

namespace daxmend {

struct Extent {
  FileRange file;
  // First byte on the block device the file system is on (a partition, where
  // there is one).
  uint64_t device_begin = 0;
  bool unwritten = false;  // allocated, reads as zeros without touching media
  bool shared = false;     // other files use these blocks too (reflink)

  DeviceRange device() const {
    return DeviceRange::OfLength(device_begin, file.length());
  }
  bool operator==(const Extent&) const = default;
};

class ExtentMap {
 public:
  // A piece of a file and where it lies; both ranges have the same length.
  struct Piece {
    FileRange file;
    DeviceRange device;
    bool operator==(const Piece&) const = default;
  };

  ExtentMap() = default;
  // Extents in any order; they must not overlap in the file.
  explicit ExtentMap(std::vector<Extent> extents);

  // What is written but has no place yet: give it one first (FIEMAP_FLAG_SYNC)?
  // DAX delays nothing, and to ask it all the same costs a walk over every page
  // that was stored to through a mapping (filemap_write_and_wait, Linux 6.1).
  enum class Delayed { kWriteBack, kLeave };

  // Asks the file system for the extents of `range` (the whole file by
  // default). Extents whose place is not known or not plain (inline, encoded,
  // delayed) are left out. Throws Error when the file system has no FIEMAP;
  // `path` is for the message.
  static ExtentMap Read(int fd, const char* path,
                        FileRange range = {0, UINT64_MAX},
                        Delayed delayed = Delayed::kWriteBack);

  // The pieces of `range` that have a place on the device, ascending in the
  // file; holes are left out.
  std::vector<Piece> ToDevice(FileRange range) const;
  // The pieces of the file that lie in `range`, ascending on the device.
  std::vector<Piece> ToFile(DeviceRange range) const;

  // Ascending in the file.
  const std::vector<Extent>& extents() const { return extents_; }

 private:
  std::vector<Extent> extents_;    // ascending in the file
  std::vector<Extent> by_device_;  // ascending on the device
};

}  // namespace daxmend

#endif  // DAXMEND_CORE_EXTENT_MAP_H_
