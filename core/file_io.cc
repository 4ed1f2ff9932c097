// SPDX-License-Identifier: GPL-2.0-only

#include "core/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace daxmend {
namespace {

// PATH with its last symbolic links followed, so that replacing the file does
// not replace the link.
std::string FollowLinks(const std::string& path) {
  std::unique_ptr<char, decltype(&std::free)> real(
      realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

std::string DirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError("write " + path, errno);
    content.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

std::string ReadFile(const std::string& path) {
  FileDescriptor fd = FileDescriptor::Open(path, O_RDONLY);
  std::string content;
  // Files of sysfs and procfs lie about their size: read until the end.
  for (;;) {
    size_t have = content.size();
    content.resize(have + 65536);
    ssize_t n = read(fd.get(), content.data() + have, 65536);
    content.resize(have + static_cast<size_t>(n > 0 ? n : 0));
    if (n == 0) return content;
    if (n < 0 && errno != EINTR) throw ErrnoError("read " + path, errno);
  }
}

void ReplaceFile(const std::string& path, std::string_view content) {
  const std::string target = FollowLinks(path);
  const std::string directory = DirectoryOf(target);
  std::string temporary = target + ".XXXXXX";
  FileDescriptor fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) throw ErrnoError("write " + path, errno);
  try {
    // mkostemp makes files private; results are for everybody, as umask says.
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd.get(), 0666 & ~mask);
    WriteAll(fd.get(), content, path);
    if (fsync(fd.get()) != 0) throw ErrnoError("write " + path, errno);
    if (rename(temporary.c_str(), target.c_str()) != 0)
      throw ErrnoError("write " + path, errno);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  FileDescriptor parent(
      open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory; the rename has happened anyway.
  if (parent) fsync(parent.get());
}

}  // namespace daxmend
