// SPDX-License-Identifier: GPL-2.0-only
//
// Which file a file of overlayfs really is. Its bytes are a file's of the upper
// or of a lower directory (Documentation/filesystems/overlayfs.rst), and a file
// of a lower one becomes a copy in the upper one when somebody opens it for
// writing: who repairs it must know that before.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_LAYERS_OVERLAY_FILE_H_
#define DAXMEND_SYSTEM_LAYERS_OVERLAY_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "system/mount_table.h"

namespace daxmend {

// The directories that `mount`, of overlayfs, shows, the uppermost first.
std::vector<std::string> LayersOf(const Mount& mount);

// The file that an open file of overlayfs is: the uppermost one of its name
// with the same bytes on a device. None where no such is seen from here.
std::optional<std::string> RealFileOf(int fd);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_LAYERS_OVERLAY_FILE_H_
