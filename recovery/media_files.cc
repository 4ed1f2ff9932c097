// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/media_files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <set>
#include <utility>

#include "core/error.h"
#include "system/process_tables.h"

namespace daxmend {
namespace {

SharedDescriptor OpenDevice(const BlockDevice& device) try {
  return OpenShared(device.node(), O_RDONLY | O_DIRECT);
} catch (const Error& e) {
  throw ErrnoError("recovery cannot open " + device.node(), e.code(),
                   "run as root, or set salvage=page");
}

SharedDescriptor OpenList(const BlockDevice& device) {
  return OpenShared(device.badblocks_path(), O_RDONLY);
}

// Opens `path` to see whether that can be done, once in a process: each of a
// thousand files need not.
void CheckOnce(const std::string& path, const std::function<void()>& open) {
  // Never freed: threads may outlive main().
  static auto& checked = *new std::set<std::pair<pid_t, std::string>>;
  const ProcessTablesLock hold;
  if (checked.contains({getpid(), path})) return;
  open();
  checked.insert({getpid(), path});
}

Error CannotWrite(const std::string& path, int error) {
  return ErrnoError("recovery cannot write " + path, error,
                    "make it writable, or set recovery=none");
}

// What `open` gives, or -errno of what it throws.
template <class Open>
int OrErrno(Open open) try {
  return open();
} catch (const Error& e) {
  return e.code() != 0 ? -e.code() : -EIO;
}

}  // namespace

bool SameFile(int a, int b) {
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

MediaFiles::MediaFiles(Options options)
    : options_(std::move(options)),
      at_(options_.descriptor ? options_.descriptor : &own_) {
  // Of one that lay here before and could not be made.
  CloseFile();
  if (!options_.descriptor || options_.fd < 0 || !MayWrite()) OpenFile();
}

// Where the file is given open and need not be opened now, who may write to it
// is asked of that. Throws Error; false where the kernel cannot tell (before
// Linux 5.8).
bool MediaFiles::MayWrite() {
  if (syscall(SYS_faccessat2, options_.fd, "", W_OK,
              AT_EMPTY_PATH | AT_EACCESS) == 0)
    return true;
  if (errno == ENOSYS || errno == EINVAL) return false;
  read_only_ = errno == EROFS;
  if (!read_only_) throw CannotWrite(options_.path, errno);
  return true;
}

void MediaFiles::OpenFile() {
  *at_ = {};
  const int flags = O_CLOEXEC | options_.sync_flags;
  const std::string link = fmt::format("/proc/self/fd/{}", options_.fd);
  const std::string& path = options_.fd >= 0 && access(link.c_str(), F_OK) == 0
                                ? link
                                : options_.path;
  FileDescriptor fd(open(path.c_str(), O_RDWR | flags));
  read_only_ = !fd && errno == EROFS;
  if (read_only_) fd = FileDescriptor(open(path.c_str(), flags));
  if (!fd) throw CannotWrite(options_.path, errno);
  if (options_.fd >= 0 && !SameFile(fd.get(), options_.fd))
    throw Error({.thing = options_.path,
                 .cause = "is no longer the file that the job opened",
                 .way_out = "do not rename or replace it while the job runs"});
  at_->fd_ = std::move(fd);
  at_->owner_ = this;
}

void MediaFiles::CloseFile() {
  if (at_->owner_ == this) *at_ = {};
}

void MediaFiles::SetDevice(const BlockDevice& device, bool read, bool listed) {
  below_ = device;
  reads_device_ = read;
  if (read) CheckOnce(device.node(), [&] { OpenDevice(device); });
  if (listed) CheckOnce(device.badblocks_path(), [&] { OpenList(device); });
}

int MediaFiles::File() {
  return OrErrno([this] {
    if (at_->owner_ != this) OpenFile();
    return at_->fd_.get();
  });
}

int MediaFiles::Device() {
  return OrErrno([this] {
    if (!device_) device_ = OpenDevice(*below_);
    return device_->get();
  });
}

int MediaFiles::List() {
  return OrErrno([this] {
    if (!list_) list_ = OpenList(*below_);
    return list_->get();
  });
}

void MediaFiles::Rest() {
  CloseFile();
  device_ = {};
  list_ = {};
}

void MediaFiles::Wake() {
  // Should one of them fail, recovery meets that, and says so.
  File();
  if (reads_device_) Device();
}

}  // namespace daxmend
