// SPDX-License-Identifier: GPL-2.0-only

#include "system/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace daxmend {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

FileDescriptor FileDescriptor::Open(const std::string& path, int flags,
                                    unsigned mode) {
  int fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) throw ErrnoError("open " + path, errno);
  return FileDescriptor(fd);
}

}  // namespace daxmend
