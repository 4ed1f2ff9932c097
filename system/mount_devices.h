// SPDX-License-Identifier: GPL-2.0-only
//
// The block devices of a mounted file system. Most have one; xfs may keep the
// data of some files on a real-time device and its journal on another one
// (xfs(5), rtdev= and logdev=), and what FIEMAP says of a real-time file counts
// on the real-time device.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_MOUNT_DEVICES_H_
#define DAXMEND_SYSTEM_MOUNT_DEVICES_H_

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "system/mount_table.h"

namespace daxmend {

enum class DeviceRole {
  kData,      // metadata, and the data of files that are nowhere else
  kRealtime,  // the data of files with FS_XFLAG_REALTIME
  kLog,       // the journal
  kOther,     // of a file system that does not say what is where (btrfs, ...)
};

struct MountDevice {
  DeviceRole role = DeviceRole::kData;
  std::string node;             // as the mount table names it
  std::optional<dev_t> number;  // none where there is no such device node
  bool operator==(const MountDevice&) const = default;
};

// The number of the block device at `node` ("/dev/pmem0"), if it is one.
std::optional<dev_t> BlockDeviceNumber(const std::string& node);

// The devices of the file system that `mount` shows; none where it is on no
// block device (tmpfs, network file systems, overlayfs). `number_of` is a seam
// for tests.
std::vector<MountDevice> DevicesOf(
    const Mount& mount,
    const std::function<std::optional<dev_t>(const std::string&)>& number_of =
        BlockDeviceNumber);

// Do the offsets that FIEMAP gives for files of this file system count on one
// known device (ext2, ext3, ext4 and xfs)? f2fs, btrfs and erofs may spread
// over several and count in one space for all.
bool IsLaidOutOnOneDevice(const std::string& filesystem);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_MOUNT_DEVICES_H_
