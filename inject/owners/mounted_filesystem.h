// SPDX-License-Identifier: GPL-2.0-only
//
// The mounted file systems, each once, with the mounts through which its files
// can be seen. One mount of all of it shows every name; where there is none
// (only directories of it are mounted here: bind mounts, containers) each mount
// shows a part.
//
// Pure; thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_MOUNTED_FILESYSTEM_H_
#define DAXMEND_INJECT_OWNERS_MOUNTED_FILESYSTEM_H_

#include <functional>
#include <vector>

#include "system/mount_table.h"

namespace daxmend {

struct MountedFilesystem {
  Mount first;  // any of its mounts, for what is common to all of them
  // Those to look through: the whole one alone, or those of parts, none of
  // which lies in another. Empty when none can be reached.
  std::vector<Mount> views;
  size_t own = 0;      // so many of them are of this mount namespace; they come
                       // first
  bool whole = false;  // do the views show every name?
};

// In the order of their first mounts. `others`, of other mount namespaces, are
// looked through last, and for what `mounts` do not show.
std::vector<MountedFilesystem> FilesystemsOf(
    const std::vector<Mount>& mounts, const std::vector<Mount>& others = {},
    const std::function<bool(const Mount&)>& reachable = IsReachable);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_MOUNTED_FILESYSTEM_H_
