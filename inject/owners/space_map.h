// SPDX-License-Identifier: GPL-2.0-only
//
// What a mounted file system uses each part of its device for, as
// FS_IOC_GETFSMAP tells it (ioctl_getfsmap(2)). How much it tells depends: xfs
// with the reverse mapping btree (mkfs.xfs -m rmapbt=1) names inodes and
// offsets; xfs without it knows what is free; ext4 knows what is free and its
// fixed metadata (fs/ext4/fsmap.c, Linux 6.1).
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_SPACE_MAP_H_
#define DAXMEND_INJECT_OWNERS_SPACE_MAP_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct SpaceRecord {
  enum class Use { kFree, kMetadata, kInode, kAllocated };

  DeviceRange device;
  Use use =
      Use::kAllocated;      // in use, and the file system does not say by whom
  uint64_t inode = 0;       // kInode only
  uint64_t file_begin = 0;  // kInode only: bytes
  bool operator==(const SpaceRecord&) const = default;
};

// The records of the file system `fd` is in for its device number `device` (xfs
// has several) that overlap one of `wanted` (normalized), ascending. Empty
// where the file system cannot tell. Throws Error, naming `path`, for other
// failures.
std::vector<SpaceRecord> ReadSpaceMap(int fd, const std::string& path,
                                      dev_t device,
                                      const std::vector<DeviceRange>& wanted);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_SPACE_MAP_H_
