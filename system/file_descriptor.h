// SPDX-License-Identifier: GPL-2.0-only
//
// A file descriptor that closes itself.

#ifndef DAXMEND_SYSTEM_FILE_DESCRIPTOR_H_
#define DAXMEND_SYSTEM_FILE_DESCRIPTOR_H_

#include <string>
#include <utility>

namespace daxmend {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  // open(2) with O_CLOEXEC added. Throws Error ("open PATH: cause").
  static FileDescriptor Open(const std::string& path, int flags,
                             unsigned mode = 0644);

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_FILE_DESCRIPTOR_H_
