// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/file_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

struct Close {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, Close>;

Directory OpenDirectory(int parent, const char* name) {
  const int fd =
      openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return nullptr;
  Directory directory(fdopendir(fd));
  if (!directory) close(fd);
  return directory;
}

unsigned char TypeOf(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat st;
  if (fstatat(directory, entry.d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return DT_UNKNOWN;
  return IFTODT(st.st_mode);
}

bool IsDots(const char* name) {
  return !std::strcmp(name, ".") || !std::strcmp(name, "..");
}

}  // namespace

std::string WalkedName::path() const {
  if (!std::strcmp(name, "."))
    return path_of_directory.empty() ? "/" : path_of_directory;
  return path_of_directory + "/" + name;
}

void WalkFiles(const std::string& point,
               const std::function<bool(const WalkedName&)>& visit) {
  // A copy of the mount that nothing is mounted on.
  FileDescriptor root(
      open_tree(AT_FDCWD, point.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!root) root = FileDescriptor::Open(point, O_PATH | O_DIRECTORY);
  struct stat top;
  if (fstat(root.get(), &top) != 0) throw ErrnoError("stat " + point, errno);

  // Directories still to be read, relative to the root.
  std::vector<std::string> waiting = {"."};
  while (!waiting.empty()) {
    const std::string relative = std::move(waiting.back());
    waiting.pop_back();
    const Directory directory = OpenDirectory(root.get(), relative.c_str());
    if (!directory) continue;
    const int fd = dirfd(directory.get());
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_dev != top.st_dev) continue;
    const std::string path = (point == "/" ? "" : point) +
                             (relative == "." ? "" : "/" + relative.substr(2));
    while (const dirent* entry = readdir(directory.get())) {
      if (IsDots(entry->d_name)) continue;
      const WalkedName name{.directory = fd,
                            .name = entry->d_name,
                            .path_of_directory = path,
                            .inode = entry->d_ino,
                            .type = TypeOf(fd, *entry)};
      if (!visit(name)) return;
      if (name.type == DT_DIR) waiting.push_back(relative + "/" + name.name);
    }
    if (relative == "." && !visit({.directory = fd,
                                   .name = ".",
                                   .path_of_directory = path,
                                   .inode = st.st_ino,
                                   .type = DT_DIR}))
      return;
  }
}

}  // namespace daxmend
