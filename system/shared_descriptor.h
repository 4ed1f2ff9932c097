// SPDX-License-Identifier: GPL-2.0-only
//
// One descriptor a process for a file that many of its threads read by position
// (pread), so that 200 of them do not need 200.
//
// Thread-safe. A process that is forked has its own from then on, as with any
// descriptor.

#ifndef DAXMEND_SYSTEM_SHARED_DESCRIPTOR_H_
#define DAXMEND_SYSTEM_SHARED_DESCRIPTOR_H_

#include <memory>
#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

using SharedDescriptor = std::shared_ptr<const FileDescriptor>;

// Opens `path` with `flags` (and O_CLOEXEC), or gives the descriptor that is
// open already because somebody holds it. Throws Error ("open PATH: cause").
SharedDescriptor OpenShared(const std::string& path, int flags);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_SHARED_DESCRIPTOR_H_
