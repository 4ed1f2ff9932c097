// SPDX-License-Identifier: GPL-2.0-only
//
// What is mounted in other mount namespaces (mount_namespaces(7)): those of
// containers, and of services with mounts of their own. A file system that only
// one of them has mounted has owners, too.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_
#define DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "system/mount_table.h"

namespace daxmend {

// Those of one process of each namespace but this one's, as far as this one may
// look. Their points lead there from here: "/proc/17/root/data".
std::vector<Mount> MountsOfOtherNamespaces(const std::string& proc = "/proc");

// Calls `look` with the point of `mount`, one of those. Where that throws
// Error, as it does when the process has ended that showed it, it is called
// with the point by which another process shows it. False where none is left.
bool LookThrough(const Mount& mount,
                 const std::function<void(const std::string& point)>& look,
                 const std::string& proc = "/proc");

// The mount whose top `path` leads to, in this namespace or in another one
// ("/proc/17/root/data"); none where it leads to no such top. What a path leads
// to is for the kernel to say: as text, /proc/17/root is a link to "/" (Linux
// 5.8). Throws Error.
std::optional<Mount> MountAt(const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_
