// SPDX-License-Identifier: GPL-2.0-only
//
// Files that QEMU opens by name although they have none on any disk: it
// inherits their descriptors and finds them in /proc/self/fd. They are gone
// when both processes are.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_NVDIMM_QEMU_FILE_H_
#define DAXMEND_INJECT_NVDIMM_QEMU_FILE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"

namespace daxmend {

// Writes all of `bytes` to `fd`. Throws Error ("write WHAT: cause").
void WriteAll(int fd, std::string_view bytes, const std::string& what);

// Memory as a file (memfd_create). `what` is for messages.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& what);

  void Append(std::string_view bytes);
  // Sparse: what nobody writes takes no memory.
  void Resize(off_t bytes);

  uint64_t size() const { return size_; }
  int fd() const { return fd_.get(); }
  std::string path() const;

 private:
  std::string what_;
  FileDescriptor fd_;
  uint64_t size_ = 0;
};

// A pipe that QEMU writes to.
class QemuPipe {
 public:
  QemuPipe();

  int read_fd() const { return read_.get(); }
  int write_fd() const { return write_.get(); }
  std::string path() const;
  // When QEMU has its end: ours would keep the pipe open after its death.
  void CloseWriteEnd() { write_ = FileDescriptor(); }

 private:
  FileDescriptor read_;
  FileDescriptor write_;
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_NVDIMM_QEMU_FILE_H_
