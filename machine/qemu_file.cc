// SPDX-License-Identifier: GPL-2.0-only

#include "machine/qemu_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

std::string PathOf(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

}  // namespace

MemoryFile::MemoryFile(const std::string& what)
    : what_(what), fd_(memfd_create(what.c_str(), MFD_CLOEXEC)) {
  if (!fd_) throw ErrnoError("allocate memory for " + what, errno);
}

void MemoryFile::Append(std::string_view bytes) {
  WriteAll(fd_.get(), bytes, what_);
  size_ += bytes.size();
}

void MemoryFile::Replace(std::string_view bytes) {
  if (lseek(fd_.get(), 0, SEEK_SET) != 0)
    throw ErrnoError("write " + what_, errno);
  WriteAll(fd_.get(), bytes, what_);
}

void MemoryFile::Resize(off_t bytes) {
  if (ftruncate(fd_.get(), bytes))
    throw ErrnoError("allocate memory for " + what_, errno);
  size_ = static_cast<uint64_t>(bytes);
}

std::string MemoryFile::path() const { return PathOf(fd_.get()); }

QemuOutput::QemuOutput(const std::string& what)
    : what_(what), fd_(memfd_create(what.c_str(), MFD_CLOEXEC)) {
  if (!fd_) throw ErrnoError("allocate memory for " + what, errno);
  if (fcntl(fd_.get(), F_SETFL, O_APPEND))
    throw ErrnoError("append to " + what, errno);
}

void QemuOutput::Take(const std::function<void(std::string_view)>& to) {
  char buffer[65536];
  for (;;) {
    const ssize_t n = pread(fd_.get(), buffer, sizeof buffer, taken_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError("read " + what_, errno);
    if (n == 0) return;
    to(std::string_view(buffer, static_cast<size_t>(n)));
    taken_ += n;
    // Only saves memory.
    (void)fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    taken_);
  }
}

std::string QemuOutput::path() const { return PathOf(fd_.get()); }

}  // namespace daxmend
