// SPDX-License-Identifier: GPL-2.0-only
//
// The part of the guest's initial file system that differs from boot to boot: a
// cpio archive in the "newc" format (Documentation/driver-api/early-userspace/
// buffer-format.rst). The kernel unpacks archives that follow each other one
// after the other, later files replacing earlier ones.
//
// Everything belongs to root and carries no time, so that equal contents are
// equal bytes. Not thread-safe.

#ifndef DAXMEND_MACHINE_IMAGE_GUEST_ARCHIVE_H_
#define DAXMEND_MACHINE_IMAGE_GUEST_ARCHIVE_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

class GuestArchive {
 public:
  // Paths are absolute in the guest; the directory must be there already.
  void AddDirectory(std::string_view path);
  void AddFile(std::string_view path, std::string_view content, unsigned mode);

  // Copies the host's file or directory tree `source` into `directory`, under
  // its own name. Modes are kept, links followed. Throws Error for what cannot
  // be read and for what is neither file nor directory.
  void AddFromHost(const std::string& source, std::string_view directory);

  // The archive, with its end mark.
  std::string Finish() &&;

 private:
  void Add(std::string_view path, unsigned mode, std::string_view content);

  std::string bytes_;
  unsigned next_inode_ = 1;
};

// A shell script that becomes `command`, each word exactly as it is.
std::string CommandScript(const std::vector<std::string>& command);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_GUEST_ARCHIVE_H_
