// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/mounted_filesystem.h"

#include <algorithm>

namespace daxmend {
namespace {

bool IsBelow(const std::string& root, const std::string& top) {
  return root == top || (root.starts_with(top) && root[top.size()] == '/');
}

void AddView(MountedFilesystem& filesystem, const Mount& mount) {
  if (filesystem.whole) return;
  if (mount.root == "/") {
    filesystem.views = {mount};
    filesystem.whole = true;
    return;
  }
  std::vector<Mount>& views = filesystem.views;
  if (std::any_of(views.begin(), views.end(), [&](const Mount& view) {
        return IsBelow(mount.root, view.root);
      }))
    return;
  std::erase_if(
      views, [&](const Mount& view) { return IsBelow(view.root, mount.root); });
  views.push_back(mount);
}

// As AddView, and what is there already stays.
void AddOther(MountedFilesystem& filesystem, const Mount& mount) {
  if (filesystem.whole) return;
  std::vector<Mount>& views = filesystem.views;
  filesystem.whole = mount.root == "/";
  if (filesystem.whole ||
      std::none_of(views.begin(), views.end(), [&](const Mount& view) {
        return IsBelow(mount.root, view.root);
      }))
    views.push_back(mount);
}

}  // namespace

std::vector<MountedFilesystem> FilesystemsOf(
    const std::vector<Mount>& mounts, const std::vector<Mount>& others,
    const std::function<bool(const Mount&)>& reachable) {
  std::vector<MountedFilesystem> filesystems;
  for (const auto* of : {&mounts, &others}) {
    for (const Mount& mount : *of) {
      auto at = std::find_if(filesystems.begin(), filesystems.end(),
                             [&](const MountedFilesystem& known) {
                               return known.first.device == mount.device;
                             });
      if (at == filesystems.end()) {
        filesystems.push_back(
            {.first = mount, .views = {}, .own = 0, .whole = false});
        at = std::prev(filesystems.end());
      }
      if (!reachable(mount)) continue;
      if (of == &mounts)
        AddView(*at, mount);
      else
        AddOther(*at, mount);
    }
    if (of == &mounts)
      for (MountedFilesystem& filesystem : filesystems)
        filesystem.own = filesystem.views.size();
  }
  return filesystems;
}

}  // namespace daxmend
