// SPDX-License-Identifier: GPL-2.0-only
//
// What is mounted in other mount namespaces (mount_namespaces(7)): those of
// containers, and of services with mounts of their own. A file system that only
// one of them has mounted has owners, too.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_
#define DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_

#include <string>
#include <vector>

#include "system/mount_table.h"

namespace daxmend {

// Those of one process of each namespace but this one's, as far as this one may
// look. Their points lead there from here: "/proc/17/root/data".
std::vector<Mount> MountsOfOtherNamespaces(const std::string& proc = "/proc");

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_NAMESPACE_MOUNTS_H_
