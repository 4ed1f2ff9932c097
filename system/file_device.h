// SPDX-License-Identifier: GPL-2.0-only
//
// Which block device a file's extents count on. st_dev is the answer for most
// files and the wrong one for some: a file on the real-time device of xfs has
// the data device's st_dev. Who writes to a device where a file's bytes are
// said to be must not be wrong about it, so what is not known is no answer.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_FILE_DEVICE_H_
#define DAXMEND_SYSTEM_FILE_DEVICE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "system/mount_devices.h"

namespace daxmend {

// What is known of an open file.
struct FileFacts {
  dev_t device = 0;        // st_dev
  std::string filesystem;  // "ext4", "xfs", ... by its magic number
  // Is it on the real-time device (FS_IOC_FSGETXATTR, FS_XFLAG_REALTIME)? None
  // where that could not be asked.
  std::optional<bool> realtime = false;
};

struct FileDevice {
  std::optional<dev_t> number;
  // Without a number: the cause, as in "cannot locate FILE: " + cause.
  std::string cause = {};
};

// `mounts` are asked for when the file is on a real-time device.
FileDevice DeviceOfExtents(
    const FileFacts& facts, const std::function<std::vector<Mount>()>& mounts,
    const std::function<std::optional<dev_t>(const std::string&)>& number_of =
        BlockDeviceNumber);

// FS_XFLAG_REALTIME of an open file; none where it cannot be asked.
std::optional<bool> IsRealtime(int fd);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_FILE_DEVICE_H_
