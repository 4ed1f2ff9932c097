// SPDX-License-Identifier: GPL-2.0-only
//
// A table of open files of its own for a thread that sleeps beside others.
//
// The kernel has a short cut for the file descriptors of a process whose table
// nobody shares (__fget_light, fs/file.c): a system call of a thread that does
// I/O costs some fifty instructions less with it. So a thread that only waits
// gives up its share of the table.

#ifndef DAXMEND_SYSTEM_OWN_DESCRIPTORS_H_
#define DAXMEND_SYSTEM_OWN_DESCRIPTORS_H_

#include <vector>

namespace daxmend {

// Leaves the shared table of open files with only `fds` in the copy, so that
// nothing the process closes later is held open here. Where the kernel has no
// CLOSE_RANGE_UNSHARE (before 5.9) the table stays shared, which costs the
// other threads some instructions a system call and nothing else. For the
// calling thread.
void KeepOnlyDescriptors(std::vector<int> fds);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_OWN_DESCRIPTORS_H_
