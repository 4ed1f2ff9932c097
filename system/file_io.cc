// SPDX-License-Identifier: GPL-2.0-only

#include "system/file_io.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/safe_path.h"

namespace daxmend {
namespace {

constexpr size_t kMostBytes = size_t{1} << 30;
// So much at a time.
constexpr size_t kLeastRead = 4096;
constexpr size_t kMostRead = 65536;
// Of the 255 bytes a name has; the suffix takes 17.
constexpr size_t kLongestStem = 200;

std::string RandomSuffix() {
  uint64_t number = 0;
  // Of so few bytes it never gives a part; it can be interrupted while the
  // system starts.
  while (getrandom(&number, sizeof number, 0) < 0)
    if (errno != EINTR) throw ErrnoError("getrandom", errno);
  std::array<char, 18> text;
  std::snprintf(text.data(), text.size(), ".%016llx",
                static_cast<unsigned long long>(number));
  return text.data();
}

struct Created {
  FileDescriptor fd;
  std::string name;
};

// A new file beside `stem` in `directory`. The kernel takes the umask off.
Created CreateBeside(int directory, const std::string& stem, mode_t mode,
                     const std::string& path) {
  for (;;) {
    std::string name = stem + RandomSuffix();
    FileDescriptor fd(openat(directory, name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd) return {std::move(fd), std::move(name)};
    if (errno != EEXIST) throw ErrnoError("write " + path, errno);
  }
}

void WriteToDevice(const SafePath& at, std::string_view content,
                   const std::string& path) {
  const FileDescriptor fd(openat(at.directory.get(), at.name.c_str(),
                                 O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  if (!fd) throw ErrnoError("write " + path, errno);
  WriteAll(fd.get(), content, path);
}

}  // namespace

void WriteAll(int fd, std::string_view content, const std::string& what) {
  while (!content.empty()) {
    ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError("write " + what, errno);
    content.remove_prefix(static_cast<size_t>(n));
  }
}

std::string ReadFile(const std::string& path) {
  FileDescriptor fd = FileDescriptor::Open(path, O_RDONLY);
  struct stat st = {};
  const bool is_device =
      fstat(fd.get(), &st) == 0 &&
      (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(fd.get())));
  if (is_device)
    throw Error(
        {.thing = path, .cause = "is a device", .way_out = "name a file"},
        EINVAL);
  std::string content;
  // Files of sysfs and procfs lie about their size: read until the end. Most of
  // them have less than a page.
  size_t room = S_ISREG(st.st_mode) && st.st_size > 0
                    ? std::min(static_cast<size_t>(st.st_size) + 1, kMostRead)
                    : kLeastRead;
  for (;; room = kMostRead) {
    size_t have = content.size();
    if (have > kMostBytes)
      throw Error({.thing = path,
                   .cause = fmt::format("has more than {} bytes", kMostBytes),
                   .way_out = "name a file that daxmend wrote"},
                  EFBIG);
    content.resize(have + room);
    ssize_t n = read(fd.get(), content.data() + have, room);
    content.resize(have + static_cast<size_t>(n > 0 ? n : 0));
    if (n == 0) return content;
    if (n < 0 && errno != EINTR) throw ErrnoError("read " + path, errno);
  }
}

void ReplaceFile(const std::string& path, std::string_view content,
                 mode_t mode) {
  const SafePath at = ResolveSafely(path);
  if (S_ISCHR(at.mode)) return WriteToDevice(at, content, path);
  if (at.mode != 0 && !S_ISREG(at.mode))
    throw Error({.thing = path,
                 .cause = "is not a regular file",
                 .way_out = "name another to be written"});
  const int directory = at.directory.get();
  const Created temporary =
      CreateBeside(directory, at.name.substr(0, kLongestStem), mode, path);
  try {
    WriteAll(temporary.fd.get(), content, path);
    if (fsync(temporary.fd.get()) != 0)
      throw ErrnoError("write " + path, errno);
    if (renameat(directory, temporary.name.c_str(), directory,
                 at.name.c_str()) != 0)
      throw ErrnoError("write " + path, errno);
  } catch (...) {
    unlinkat(directory, temporary.name.c_str(), 0);
    throw;
  }
  const FileDescriptor parent(
      openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory; the rename has happened anyway.
  if (parent) fsync(parent.get());
}

std::string MakeScratchFile(const std::string& prefix, mode_t mode) {
  return CreateBeside(AT_FDCWD, prefix, mode, prefix).name;
}

}  // namespace daxmend
