// SPDX-License-Identifier: GPL-2.0-only
//
// What is mounted where, as this process sees it
// (Documentation/filesystems/proc.rst, /proc/PID/mountinfo).
//
// Values; thread-safe.

#ifndef DAXMEND_CORE_MOUNT_TABLE_H_
#define DAXMEND_CORE_MOUNT_TABLE_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct Mount {
  dev_t device = 0;        // st_dev of its files
  std::string root;        // what of the file system is mounted: "/" is all
  std::string point;       // "/mnt/pmem"
  std::string filesystem;  // "ext4"
  bool operator==(const Mount&) const = default;
};

// In the order they were mounted. Throws Error for what is not a mountinfo.
std::vector<Mount> ParseMountInfo(std::string_view text);
// This process's. Throws Error.
std::vector<Mount> ReadMounts();

}  // namespace daxmend

#endif  // DAXMEND_CORE_MOUNT_TABLE_H_
