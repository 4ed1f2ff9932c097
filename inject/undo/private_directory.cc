// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/private_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

struct CloseDir {
  void operator()(DIR* d) const { closedir(d); }
};

std::string ParentOf(const std::string& path) {
  size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return "/";
  end = path.rfind('/', end);
  if (end == std::string::npos) return ".";
  end = path.find_last_not_of('/', end);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

// A trailing slash would follow a link.
std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void SyncDirectory(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) fsync(fd.get());
}

void MakeWithParents(const std::string& path, mode_t mode) {
  struct stat st;
  if (lstat(path.c_str(), &st) == 0) return;
  const std::string parent = ParentOf(path);
  if (parent != path) MakeWithParents(parent, 0755);
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    throw ErrnoError("make the journal's directory " + path, errno);
  SyncDirectory(parent);
}

// Throws Error unless `fd`, which is `what`, belongs to this user alone; takes
// away what others may read.
void RequirePrivate(int fd, const struct stat& st, mode_t mode,
                    const std::string& what) {
  if (st.st_uid != geteuid())
    throw Error(
        {.thing = what,
         .cause = fmt::format("belongs to user {}, not to user {}, so it is "
                              "not trusted",
                              st.st_uid, geteuid()),
         .way_out = "run as the user that made it, or use another directory"});
  if (st.st_mode & 022) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", st.st_mode & 07777);
    throw Error({.thing = what,
                 .cause = std::string("may be written by others (mode ") +
                          text + "), so it is not trusted",
                 .way_out = "check its contents, then 'chmod go-rwx' it"});
  }
  if ((st.st_mode & 055) && fchmod(fd, mode) != 0)
    throw ErrnoError("make " + what + " private", errno);
}

// mkstemp(3) for a directory that is known by its descriptor.
FileDescriptor MakeTemporary(int directory, const std::string& name,
                             std::string* temporary, const std::string& path) {
  constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (int tries = 0; tries < 100; ++tries) {
    *temporary = name + ".";
    for (int i = 0; i < 6; ++i)
      *temporary += kLetters[arc4random_uniform(sizeof kLetters - 1)];
    FileDescriptor fd(
        openat(directory, temporary->c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) return fd;
    if (errno != EEXIST) throw ErrnoError("write " + path, errno);
  }
  throw ErrnoError("write " + path, EEXIST);
}

}  // namespace

std::optional<PrivateDirectory> PrivateDirectory::Open(
    const std::string& named) {
  const std::string path = WithoutSlashes(named);
  FileDescriptor fd(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::nullopt;
  struct stat st;
  if (!fd && lstat(path.c_str(), &st) == 0 && S_ISLNK(st.st_mode))
    throw Error({.thing = path,
                 .cause = "is a symbolic link, which is not followed",
                 .way_out = "name the directory that it leads to"});
  if (!fd) throw ErrnoError("open the directory " + path, errno);
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  RequirePrivate(fd.get(), st, 0700, path);
  return PrivateDirectory(path, std::move(fd));
}

PrivateDirectory PrivateDirectory::Make(const std::string& path) {
  MakeWithParents(WithoutSlashes(path), 0700);
  auto made = Open(path);
  if (!made) throw ErrnoError("open the directory " + path, ENOENT);
  return std::move(*made);
}

std::vector<std::string> PrivateDirectory::Names() const {
  // A descriptor of its own: a directory stream moves its place.
  const int fd = openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, CloseDir> stream(fd < 0 ? nullptr : fdopendir(fd));
  if (!stream) {
    const int error = errno;
    if (fd >= 0) close(fd);
    throw ErrnoError("read the directory " + path_, error);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno) throw ErrnoError("read the directory " + path_, errno);
  return names;
}

bool PrivateDirectory::Has(const std::string& name) const {
  struct stat st;
  return fstatat(fd_.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

std::string PrivateDirectory::Read(const std::string& name,
                                   uint64_t most) const {
  const std::string path = path_ + "/" + name;
  // O_NONBLOCK: opening a FIFO would wait for somebody to write to it.
  const FileDescriptor fd(
      openat(fd_.get(), name.c_str(),
             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && errno == ELOOP)
    throw Error(
        {.thing = path, .cause = "is a symbolic link, which is not followed"});
  if (!fd) throw ErrnoError("open " + path, errno);
  struct stat st;
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  if (!S_ISREG(st.st_mode))
    throw Error({.thing = path, .cause = "is not a regular file"});
  RequirePrivate(fd.get(), st, 0600, path);
  if (static_cast<uint64_t>(st.st_size) > most)
    throw Error({.thing = path,
                 .cause = fmt::format("has {} bytes, more than the {} it can "
                                      "need",
                                      st.st_size, most)});
  std::string content(static_cast<size_t>(st.st_size), '\0');
  size_t have = 0;
  while (have < content.size()) {
    const ssize_t n =
        read(fd.get(), content.data() + have, content.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError("read " + path, errno);
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  content.resize(have);
  return content;
}

void PrivateDirectory::Write(const std::string& name,
                             std::string_view content) {
  const std::string path = path_ + "/" + name;
  std::string temporary;
  FileDescriptor fd = MakeTemporary(fd_.get(), name, &temporary, path);
  try {
    WriteAll(fd.get(), content, path);
    if (fsync(fd.get()) != 0) throw ErrnoError("write " + path, errno);
    if (renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) != 0)
      throw ErrnoError("write " + path, errno);
  } catch (...) {
    unlinkat(fd_.get(), temporary.c_str(), 0);
    throw;
  }
  Sync();
}

void PrivateDirectory::Remove(const std::string& name) {
  if (unlinkat(fd_.get(), name.c_str(), 0) != 0)
    throw ErrnoError("remove " + path_ + "/" + name, errno);
}

// Some file systems cannot sync a directory; what was done stays done.
void PrivateDirectory::Sync() { fsync(fd_.get()); }

}  // namespace daxmend
