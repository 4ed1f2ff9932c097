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
  // A FIFO would wait for who writes to it.
  fd_ = FileDescriptor(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd_)
    throw ErrnoError("backup " + path, errno,
                     "name a copy of " + file + ", or leave backup= out");
  if (SameFile(fd, fd_.get()))
    throw Error({.thing = "backup " + path,
                 .cause = "is the file itself",
                 .way_out = "name a copy of it"});
  // Device-dax has no calls, a FIFO no places. Poison of its own may be healed.
  std::byte first;
  if (pread(fd_.get(), &first, 1, 0) < 0 && errno != EIO)
    throw ErrnoError("read backup " + path, errno,
                     "name a file that has a copy of " + file);
}

ssize_t BackupFile::Read(uint64_t offset, std::span<std::byte> to) const {
  if (!fd_) return 0;
  const ssize_t n =
      pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  return n < 0 ? -errno : n;
}

}  // namespace daxmend
