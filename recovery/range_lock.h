// SPDX-License-Identifier: GPL-2.0-only
//
// Locks of a part of a file, by the descriptor it is open as: recoveries of
// this process and of others take turns by them (Media::Lock).
//
// Thread-safe.

#ifndef DAXMEND_RECOVERY_RANGE_LOCK_H_
#define DAXMEND_RECOVERY_RANGE_LOCK_H_

#include "core/range.h"

namespace daxmend {

// `type`: F_WRLCK, which waits, or F_UNLCK. 0, or -errno.
int SetRangeLock(int fd, FileRange range, short type);

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_RANGE_LOCK_H_
