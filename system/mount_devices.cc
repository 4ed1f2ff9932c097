// SPDX-License-Identifier: GPL-2.0-only

#include "system/mount_devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace daxmend {

std::optional<dev_t> BlockDeviceNumber(const std::string& node) {
  struct stat st;
  if (stat(node.c_str(), &st) != 0 || !S_ISBLK(st.st_mode)) return std::nullopt;
  return st.st_rdev;
}

bool IsLaidOutOnOneDevice(const std::string& filesystem) {
  return filesystem == "ext2" || filesystem == "ext3" || filesystem == "ext4" ||
         filesystem == "xfs";
}

std::vector<MountDevice> DevicesOf(
    const Mount& mount,
    const std::function<std::optional<dev_t>(const std::string&)>& number_of) {
  if (!IsLaidOutOnOneDevice(mount.filesystem)) {
    // Major 0 is nobody's device: the source says where it is, if anything.
    const std::optional<dev_t> number = major(mount.device) != 0
                                            ? std::optional(mount.device)
                                            : number_of(mount.source);
    if (!number) return {};
    return {{DeviceRole::kOther, mount.source, number}};
  }
  std::vector<MountDevice> devices = {
      {DeviceRole::kData, mount.source, mount.device}};
  if (mount.filesystem != "xfs") return devices;
  // fs/xfs/xfs_super.c, xfs_fs_show_options
  if (const auto node = mount.Option("rtdev"))
    devices.push_back({DeviceRole::kRealtime, *node, number_of(*node)});
  if (const auto node = mount.Option("logdev"))
    devices.push_back({DeviceRole::kLog, *node, number_of(*node)});
  return devices;
}

}  // namespace daxmend
