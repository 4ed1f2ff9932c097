// SPDX-License-Identifier: GPL-2.0-only
//
// For tests that mount something: in a name space of their own, so that nobody
// else sees it.

#ifndef DAXMEND_TESTS_UNIT_MAY_MOUNT_H_
#define DAXMEND_TESTS_UNIT_MAY_MOUNT_H_

#include <sched.h>
#include <sys/mount.h>

namespace daxmend {

// This thread, and what it starts, has such a name space from here on.
inline bool MayMount() {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_MAY_MOUNT_H_
