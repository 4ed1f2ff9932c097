// SPDX-License-Identifier: GPL-2.0-only
//
// A directory of files that nobody but their owner may read or write: the bytes
// of other people's files lie in them, and what they say is done as root.
// Everything goes through one descriptor of the directory, so that whoever can
// change a path in the meantime changes nothing here.
//
// Trusted are a directory and regular files that belong to this process's user
// and that nobody else may write; links are not followed. Where others may only
// read them (an older daxmend made them so), that is taken away.
//
// Not thread-safe within one object; any number of processes may share the
// directory.

#ifndef DAXMEND_INJECT_UNDO_PRIVATE_DIRECTORY_H_
#define DAXMEND_INJECT_UNDO_PRIVATE_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/file_descriptor.h"

namespace daxmend {

class PrivateDirectory {
 public:
  // Opens `path`; nothing where there is none. Throws Error when it is not to
  // be trusted, with the reason and the way out.
  static std::optional<PrivateDirectory> Open(const std::string& path);
  // Opens it, and makes it (mode 0700) with its parents where there is none,
  // each of them synced into its own parent. Throws Error.
  static PrivateDirectory Make(const std::string& path);

  // Of all that is in it, unsorted. Throws Error.
  std::vector<std::string> Names() const;
  bool Has(const std::string& name) const;
  // The whole content of a file of at most `most` bytes. Throws Error naming it
  // when it is longer, not there or not to be trusted; waits for nobody (a
  // FIFO).
  std::string Read(const std::string& name, uint64_t most) const;
  // Replaces or makes the file (mode 0600), whole or not at all, and syncs it
  // and the directory. Throws Error; nothing is left behind then. A process
  // that is killed leaves "NAME.XXXXXX".
  void Write(const std::string& name, std::string_view content);
  // Throws Error when it cannot; Sync() makes it last.
  void Remove(const std::string& name);
  void Sync();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  PrivateDirectory(std::string path, FileDescriptor fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_PRIVATE_DIRECTORY_H_
