// SPDX-License-Identifier: GPL-2.0-only

#include "system/layers/overlay_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "system/extent_map.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// "/a:/b\:c", where two colons stand before a layer of data alone.
void AddSplit(const std::string& text, std::vector<std::string>& out) {
  std::string one;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == ':') {
      if (!one.empty()) out.push_back(std::move(one));
      one.clear();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      one += text[i];
    }
  }
}

std::optional<Mount> MountOf(int fd) {
  struct statx stx;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) != 0 ||
      !(stx.stx_mask & STATX_MNT_ID))
    return std::nullopt;
  for (Mount& mount : ReadMounts())
    if (mount.id == stx.stx_mnt_id) return std::move(mount);
  return std::nullopt;
}

// Where the file is below the top of `mount`'s file system: "/d/f".
std::optional<std::string> PlaceIn(const Mount& mount, int fd) {
  std::error_code error;
  std::string path =
      std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), error);
  if (error || !path.starts_with(mount.point)) return std::nullopt;
  if (mount.point != "/") path.erase(0, mount.point.size());
  return mount.root == "/" ? path : mount.root + path;
}

// Has `fd`, of overlayfs, the same places as the file `real`?
bool IsSame(int fd, const std::string& real) try {
  const FileDescriptor other(
      open(real.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat a, b;
  if (!other || fstat(fd, &a) != 0 || fstat(other.get(), &b) != 0 ||
      !S_ISREG(b.st_mode) || a.st_size != b.st_size)
    return false;
  const ExtentMap seen = ExtentMap::Read(fd, real.c_str());
  return !seen.extents().empty() &&
         seen.extents() == ExtentMap::Read(other.get(), real.c_str()).extents();
} catch (const Error&) {
  return false;
}

}  // namespace

std::vector<std::string> LayersOf(const Mount& mount) {
  std::vector<std::string> layers;
  if (const auto upper = mount.Option("upperdir")) layers.push_back(*upper);
  // One option for all, or, since Linux 6.8, one for each.
  for (const std::string& option : mount.options) {
    if (option.starts_with("lowerdir="))
      AddSplit(option.substr(option.find('=') + 1), layers);
    else if (option.starts_with("lowerdir+=") ||
             option.starts_with("datadir+="))
      layers.push_back(option.substr(option.find('=') + 1));
  }
  return layers;
}

std::optional<std::string> RealFileOf(int fd) {
  const std::optional<Mount> mount = MountOf(fd);
  if (!mount || mount->filesystem != "overlay") return std::nullopt;
  const std::optional<std::string> place = PlaceIn(*mount, fd);
  if (!place) return std::nullopt;
  for (const std::string& layer : LayersOf(*mount))
    if (const std::string real = layer + *place; IsSame(fd, real)) return real;
  return std::nullopt;
}

}  // namespace daxmend
