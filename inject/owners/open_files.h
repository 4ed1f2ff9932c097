// SPDX-License-Identifier: GPL-2.0-only
//
// What other processes have open, as /proc tells: root sees all of them, others
// their own.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_OPEN_FILES_H_
#define DAXMEND_INJECT_OWNERS_OPEN_FILES_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace daxmend {

// Calls `visit` with a descriptor (for reading) and the inode of each file on
// `device` that a process has open or mapped and that has no name any more,
// until it returns false.
void WalkNamelessFiles(
    dev_t device, const std::function<bool(int fd, uint64_t inode)>& visit);

// The processes, this one apart, that have the disk ("pmem0") or a partition of
// it open as a block device: "dd (pid 17)"; of device-dax ("dax0.0"), those
// that have it open or mapped.
std::vector<std::string> OpenersOf(const std::string& disk);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_OPEN_FILES_H_
