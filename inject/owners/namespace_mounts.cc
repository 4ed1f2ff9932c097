// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/namespace_mounts.h"

#include <algorithm>
#include <cctype>
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

}  // namespace daxmend
