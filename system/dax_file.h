// SPDX-License-Identifier: GPL-2.0-only
//
// What kind of file this is: does the kernel do DAX on it, on which file
// system and on which block device.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_DAX_FILE_H_
#define DAXMEND_SYSTEM_DAX_FILE_H_

#include <optional>
#include <string>

#include "system/block_device.h"

namespace daxmend {

struct DaxFile {
  std::string path;
  bool dax = false;      // STATX_ATTR_DAX (Linux 5.8): this inode, right now
  bool regular = false;  // a regular file
  // A block device, of which the kernel lists the bad sectors (a namespace in
  // raw or fsdax mode), or one in sector mode (BTT), of which it lists none.
  bool raw = false;
  bool sector_mode = false;
  uint64_t size = 0;  // bytes
  // "ext4", "xfs", "tmpfs", "0x1234" when unknown, "none" of a block device
  std::string filesystem;
  // The device that the file's extents count on (system/file_device.h); none
  // for tmpfs, network files, and where it cannot be told.
  std::optional<BlockDevice> device;
  bool keeps_badblocks = false;  // the kernel has a list of its bad sectors
  std::string no_device;         // without a device: the cause
  // Device-dax is memory as a whole, and no file of a file system.
  bool device_dax() const { return dax && !regular; }
  // Does I/O on it reach the media, and meet what is poisoned there? On a block
  // device with O_DIRECT.
  bool meets_poison() const { return dax || raw || sector_mode; }
};

// Describes an open file; of its device says what it said before to this
// process (known_devices.h). Throws Error when statx fails.
DaxFile DescribeFile(int fd, const std::string& path);

// Throws Error, saying why and what to do, unless `file` is a regular DAX file
// on a block device that keeps a badblocks list, or a block device in raw,
// fsdax or sector mode.
void RequireDax(const DaxFile& file);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_DAX_FILE_H_
