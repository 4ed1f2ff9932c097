// SPDX-License-Identifier: GPL-2.0-only
//
// What is mounted where, as this process sees it
// (Documentation/filesystems/proc.rst, /proc/PID/mountinfo).
//
// Values; thread-safe.

#ifndef DAXMEND_SYSTEM_MOUNT_TABLE_H_
#define DAXMEND_SYSTEM_MOUNT_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct Mount {
  dev_t device = 0;        // st_dev of its files
  std::string root;        // what of the file system is mounted: "/" is all
  std::string point;       // "/mnt/pmem"
  std::string filesystem;  // "ext4"
  uint64_t id = 0;         // statx(2)'s stx_mnt_id of what lies below the point
  std::string source = {};  // "/dev/pmem0"; whatever the mounter called it
  // Of the file system, not of this mount: {"rw", "rtdev=/dev/pmem1"}.
  std::vector<std::string> options = {};
  bool operator==(const Mount&) const = default;

  // The value of option `name` ("rtdev"), if it is set.
  std::optional<std::string> Option(std::string_view name) const;
};

// In the order they were mounted. Throws Error for what is not a mountinfo.
std::vector<Mount> ParseMountInfo(std::string_view text);
// This process's. Throws Error.
std::vector<Mount> ReadMounts();

// Whether looking at the mount's point shows this mount: not where another one
// lies over it, or where a directory on the way cannot be entered.
bool IsReachable(const Mount& mount);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_MOUNT_TABLE_H_
