// SPDX-License-Identifier: GPL-2.0-only
//
// Where a file's bytes are on its block device, both ways round, as FS_IOC_
// FIEMAP tells it (Documentation/filesystems/fiemap.rst). A snapshot: the file
// system may move an extent as soon as it has been read.
//
// Immutable after construction; safe to read from any thread.

#ifndef DAXMEND_SYSTEM_EXTENT_MAP_H_
#define DAXMEND_SYSTEM_EXTENT_MAP_H_

#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct Extent {
  FileRange file;
  // First byte on the block device that the file is on (a partition, where
  // there is one; the real-time device, where the file is there).
  uint64_t device_begin = 0;
  bool unwritten = false;  // allocated, reads as zeros without touching media
  bool shared = false;     // other files use these blocks too (reflink)

  DeviceRange device() const {
    return DeviceRange::OfLength(device_begin, file.length());
  }
  bool operator==(const Extent&) const = default;
};

// A part of a file whose bytes lie nowhere that a device offset could name.
struct Unplaced {
  FileRange file;
  const char* cause;  // "is compressed or encrypted": after "FILE at offset N"
  bool operator==(const Unplaced& other) const {
    return file == other.file && std::string_view(cause) == other.cause;
  }
};

// Why an extent with these flags of FIEMAP is no plain run of blocks on one
// device (Documentation/filesystems/fiemap.rst); null where it is one.
const char* WhyUnplaced(uint32_t flags);

// What is written but has no place yet: give it one first (FIEMAP_FLAG_SYNC)?
// DAX delays nothing, and to ask it anyway costs a walk over every page that
// was stored to through a mapping (filemap_write_and_wait, Linux 6.1).
enum class Delayed { kWriteBack, kLeave };

// Appends the extents of `range` as the file system gives them, which is
// ascending, to *extents, and those whose place is not known or not plain
// (inline, encoded, delayed) to *unplaced, which may be null. Throws Error when
// the file system has no FIEMAP; `path` is for the message.
void ReadExtents(int fd, const char* path, FileRange range, Delayed delayed,
                 std::vector<Extent>* extents, std::vector<Unplaced>* unplaced);

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
  explicit ExtentMap(std::vector<Extent> extents,
                     std::vector<Unplaced> unplaced = {});

  // ReadExtents of `range` (the whole file by default). The offsets count on
  // the device that DescribeFile names.
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
  // What the file has besides, ascending.
  const std::vector<Unplaced>& unplaced() const { return unplaced_; }

 private:
  std::vector<Extent> extents_;    // ascending in the file
  std::vector<Extent> by_device_;  // ascending on the device
  std::vector<Unplaced> unplaced_;
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_EXTENT_MAP_H_
