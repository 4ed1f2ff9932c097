// SPDX-License-Identifier: GPL-2.0-only

#include "system/safe_path.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr int kMostLinks = 40;  // MAXSYMLINKS of the kernel

struct stat StatusOf(const FileDescriptor& fd, const std::string& path) {
  struct stat st;
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("write " + path, errno);
  return st;
}

bool MayFollow(const struct stat& link, const struct stat& directory) {
  const mode_t shared = S_ISVTX | S_IWOTH;
  return link.st_uid == geteuid() || (directory.st_mode & shared) != shared ||
         link.st_uid == directory.st_uid;
}

std::string TargetOf(const FileDescriptor& link, const std::string& path) {
  std::string target(PATH_MAX, '\0');
  const ssize_t n = readlinkat(link.get(), "", target.data(), target.size());
  if (n < 0) throw ErrnoError("write " + path, errno);
  target.resize(static_cast<size_t>(n));
  return target;
}

FileDescriptor Root(const std::string& path) {
  return FileDescriptor::Open(path.starts_with('/') ? "/" : ".",
                              O_PATH | O_DIRECTORY);
}

// Takes the first name off `rest`, with the slashes after it.
std::string TakeName(std::string& rest) {
  const size_t end = std::min(rest.find('/'), rest.size());
  std::string name = rest.substr(0, end);
  rest.erase(0, std::min(rest.find_first_not_of('/', end), rest.size()));
  return name;
}

}  // namespace

SafePath ResolveSafely(const std::string& path) {
  SafePath at{Root(path), "", 0};
  std::string rest = path;
  rest.erase(0, std::min(rest.find_first_not_of('/'), rest.size()));
  int links = 0;
  while (!rest.empty()) {
    const bool must_be_directory = rest.find('/') != std::string::npos;
    const std::string name = TakeName(rest);
    FileDescriptor next(openat(at.directory.get(), name.c_str(),
                               O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      if (errno != ENOENT || must_be_directory)
        throw ErrnoError("write " + path, errno);
      at.name = name;
      return at;
    }
    const struct stat st = StatusOf(next, path);
    if (S_ISLNK(st.st_mode)) {
      if (!MayFollow(st, StatusOf(at.directory, path)))
        throw Error({.thing = path,
                     .cause = "leads through another user's symbolic link in a "
                              "sticky directory",
                     .way_out = "remove the link, or name another file"},
                    EACCES);
      if (++links > kMostLinks) throw ErrnoError("write " + path, ELOOP);
      const std::string target = TargetOf(next, path);
      if (target.starts_with('/')) at.directory = Root(target);
      rest = target + (must_be_directory ? "/" + rest : "");
      rest.erase(0, std::min(rest.find_first_not_of('/'), rest.size()));
    } else if (S_ISDIR(st.st_mode)) {
      at.directory = std::move(next);
    } else if (must_be_directory) {
      throw ErrnoError("write " + path, ENOTDIR);
    } else {
      at.name = name;
      at.mode = st.st_mode;
      return at;
    }
  }
  throw ErrnoError("write " + path, path.empty() ? ENOENT : EISDIR);
}

}  // namespace daxmend
