// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"
#include "recovery/media_files.h"

namespace daxmend {

BackupFile::BackupFile(const std::string& path, const std::string& file,
                       int fd) {
  if (path.empty()) return;
  fd_ = FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_)
    throw ErrnoError("backup " + path, errno,
                     "name a copy of " + file + ", or leave backup= out");
  if (SameFile(fd, fd_.get()))
    throw Error({.thing = "backup " + path,
                 .cause = "is the file itself",
                 .way_out = "name a copy of it"});
}

ssize_t BackupFile::Read(uint64_t offset, std::span<std::byte> to) const {
  if (!fd_) return 0;
  const ssize_t n =
      pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  return n < 0 ? -errno : n;
}

}  // namespace daxmend
