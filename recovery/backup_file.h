// SPDX-License-Identifier: GPL-2.0-only
//
// The copy of a file that lost bytes come from.
//
// For one thread.

#ifndef DAXMEND_RECOVERY_BACKUP_FILE_H_
#define DAXMEND_RECOVERY_BACKUP_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

class BackupFile {
 public:
  // `path` is empty where there is none. `file`, open as `fd`, is what it is a
  // copy of. Throws Error when it cannot be read, or is the file itself.
  BackupFile(const std::string& path, const std::string& file, int fd);

  // Media::ReadBackup.
  ssize_t Read(uint64_t offset, std::span<std::byte> to) const;

 private:
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_BACKUP_FILE_H_
