// SPDX-License-Identifier: GPL-2.0-only

#include "inject/nvdimm/qemu_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

std::string PathOf(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

void WriteAll(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError("write " + what, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

MemoryFile::MemoryFile(const std::string& what)
    : what_(what), fd_(memfd_create(what.c_str(), MFD_CLOEXEC)) {
  if (!fd_) throw ErrnoError("make memory for " + what, errno);
}

void MemoryFile::Append(std::string_view bytes) {
  WriteAll(fd_.get(), bytes, what_);
  size_ += bytes.size();
}

void MemoryFile::Resize(off_t bytes) {
  if (ftruncate(fd_.get(), bytes))
    throw ErrnoError("make memory for " + what_, errno);
  size_ = static_cast<uint64_t>(bytes);
}

std::string MemoryFile::path() const { return PathOf(fd_.get()); }

QemuPipe::QemuPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) throw ErrnoError("make a pipe", errno);
  read_ = FileDescriptor(ends[0]);
  write_ = FileDescriptor(ends[1]);
}

std::string QemuPipe::path() const { return PathOf(write_.get()); }

}  // namespace daxmend
