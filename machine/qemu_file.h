// SPDX-License-Identifier: GPL-2.0-only
//
// Files that QEMU opens by name although they have none on any disk: it
// inherits their descriptors and finds them in /proc/self/fd. They are gone
// when both processes are.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_QEMU_FILE_H_
#define DAXMEND_MACHINE_QEMU_FILE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "system/file_descriptor.h"

namespace daxmend {

// Memory as a file (memfd_create). `what` is for messages.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& what);

  void Append(std::string_view bytes);
  // Writes `bytes` at the beginning, for a reader that is there already.
  void Replace(std::string_view bytes);
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

// What one of QEMU's character devices writes. It is a file and no pipe: a pipe
// can be full, and when a byte gets through would then depend on how busy the
// host is. What was taken gives its memory back.
class QemuOutput {
 public:
  explicit QemuOutput(const std::string& what);

  // Passes on what has come since the last call, in parts of at most 64 KiB.
  // Throws Error, and what `to` throws.
  void Take(const std::function<void(std::string_view)>& to);

  // For a second writer; both have to append.
  int fd() const { return fd_.get(); }
  std::string path() const;

 private:
  std::string what_;
  FileDescriptor fd_;
  off_t taken_ = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_QEMU_FILE_H_
