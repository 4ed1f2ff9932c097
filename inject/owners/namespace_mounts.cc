// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/namespace_mounts.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// "mnt:[4026531840]"; empty where this process may not look, or it has ended.
std::string NamespaceOf(const fs::path& process) {
  std::error_code hidden;
  return fs::read_symlink(process / "ns/mnt", hidden).string();
}

bool IsProcess(const fs::path& entry) {
  const std::string name = entry.filename();
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

// The one with this number, which is the kernel's, and not a namespace's.
std::optional<Mount> Numbered(uint64_t id, std::vector<Mount> mounts) {
  for (Mount& mount : mounts)
    if (mount.id == id) return std::move(mount);
  return std::nullopt;
}

}  // namespace

std::vector<Mount> MountsOfOtherNamespaces(const std::string& proc) {
  std::set<std::string> seen = {NamespaceOf(proc + "/self"), ""};
  std::vector<Mount> mounts;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(proc, ignored)) {
    if (!IsProcess(entry.path())) continue;
    const std::string name = NamespaceOf(entry.path());
    if (seen.contains(name)) continue;
    try {
      const fs::path root = entry.path() / "root";
      for (Mount& mount :
           ParseMountInfo(ReadFile(entry.path() / "mountinfo"))) {
        mount.point =
            mount.point == "/" ? root.string() : root.string() + mount.point;
        mounts.push_back(std::move(mount));
      }
      seen.insert(name);
    } catch (const Error&) {
      // It has ended; another one may be there.
    }
  }
  return mounts;
}

bool LookThrough(const Mount& mount,
                 const std::function<void(const std::string& point)>& look,
                 const std::string& proc) {
  std::set<std::string> tried;
  for (std::optional<Mount> at = mount; at && tried.insert(at->point).second;
       at = Numbered(mount.id, MountsOfOtherNamespaces(proc)))
    try {
      look(at->point);
      return true;
    } catch (const Error&) {
      continue;
    }
  return false;
}

std::optional<Mount> MountAt(const std::string& path) {
  struct statx stx;
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &stx) != 0)
    throw ErrnoError("stat " + path, errno);
  if (!(stx.stx_mask & STATX_MNT_ID) ||
      !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
    return std::nullopt;
  if (auto ours = Numbered(stx.stx_mnt_id, ReadMounts())) return ours;
  return Numbered(stx.stx_mnt_id, MountsOfOtherNamespaces());
}

}  // namespace daxmend
