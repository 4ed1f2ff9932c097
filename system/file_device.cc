// SPDX-License-Identifier: GPL-2.0-only

#include "system/file_device.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

namespace daxmend {

std::optional<bool> IsRealtime(int fd) {
  fsxattr attributes = {};
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) != 0) return std::nullopt;
  return (attributes.fsx_xflags & FS_XFLAG_REALTIME) != 0;
}

FileDevice DeviceOfExtents(
    const FileFacts& facts, const std::function<std::vector<Mount>()>& mounts,
    const std::function<std::optional<dev_t>(const std::string&)>& number_of) {
  if (!IsLaidOutOnOneDevice(facts.filesystem))
    return {.number = {},
            .cause = "its file system (" + facts.filesystem +
                     ") does not report the device of a file, as ext4 and xfs "
                     "do"};
  if (major(facts.device) == 0)
    return {.number = {}, .cause = "its file system is on no block device"};
  if (facts.filesystem != "xfs") return {.number = facts.device};
  if (!facts.realtime)
    return {.number = {},
            .cause = "xfs does not say whether it is on the real-time device"};
  if (!*facts.realtime) return {.number = facts.device};
  for (const Mount& mount : mounts()) {
    if (mount.device != facts.device) continue;
    for (const MountDevice& device : DevicesOf(mount, number_of)) {
      if (device.role != DeviceRole::kRealtime) continue;
      if (device.number) return {.number = device.number};
      return {
          .number = {},
          .cause = "it is on the real-time device of its file system, and " +
                   device.node + " does not exist here"};
    }
  }
  return {.number = {},
          .cause =
              "it is on the real-time device of its file system, which "
              "no mount visible here names (rtdev=)"};
}

}  // namespace daxmend
