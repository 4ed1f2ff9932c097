// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/file_media.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace daxmend {
namespace {

ssize_t OrErrno(ssize_t result) { return result < 0 ? -errno : result; }

bool SameFile(int a, int b) {
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

FileDescriptor OpenOr(const std::string& path, int flags,
                      const std::string& what, const std::string& way_out) {
  FileDescriptor fd(open(path.c_str(), flags | O_CLOEXEC));
  if (!fd) throw Error(ErrnoError(what, errno).what() + (": " + way_out));
  return fd;
}

FileDescriptor OpenFile(const FileMedia::Options& options, bool* read_only) {
  const int flags = O_CLOEXEC | options.sync_flags;
  FileDescriptor fd(open(options.path.c_str(), O_RDWR | flags));
  *read_only = !fd && errno == EROFS;
  if (*read_only) fd = FileDescriptor(open(options.path.c_str(), flags));
  if (!fd)
    throw Error(
        ErrnoError("recovery cannot write " + options.path, errno).what() +
        std::string(": make it writable, or set recovery=none"));
  return fd;
}

}  // namespace

FileMedia::FileMedia(Options options)
    : options_(std::move(options)),
      fd_(OpenFile(options_, &read_only_)),
      file_(DescribeFile(fd_.get(), options_.path)) {
  // It would look as if nothing were ever poisoned.
  if (file_.dax) RequireDax(file_);
  // Without DAX (allow_nodax) there is no poison, and the device may be
  // anything, readable or not: it is left alone.
  if (file_.dax && file_.device) {
    if (options_.read_device)
      device_ = OpenOr(file_.device->node(), O_RDONLY | O_DIRECT,
                       "recovery cannot read " + file_.device->node(),
                       "run as root, or set salvage=page");
    if (options_.clearing) clearing_ = options_.clearing(*file_.device);
    badblocks_ = FileDescriptor::Open(file_.device->badblocks_path(), O_RDONLY);
  } else {
    file_.device.reset();
  }
  if (!options_.backup.empty()) {
    backup_ =
        OpenOr(options_.backup, O_RDONLY, "backup " + options_.backup,
               "name a copy of " + options_.path + ", or leave backup= out");
    if (SameFile(fd_.get(), backup_.get()))
      throw Error("backup " + options_.backup +
                  " is the file itself: name a copy of it");
  }
}

ssize_t FileMedia::ReadFile(uint64_t offset, std::span<std::byte> to) {
  return OrErrno(
      pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset)));
}

ssize_t FileMedia::WriteFile(uint64_t offset, std::span<const std::byte> from) {
  return OrErrno(
      pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset)));
}

ssize_t FileMedia::ReadFlagged(uint64_t offset, std::span<std::byte> to) {
  const iovec vec = {to.data(), to.size()};
  return OrErrno(preadv2(fd_.get(), &vec, 1, static_cast<off_t>(offset),
                         static_cast<int>(options_.recovery_flag)));
}

ssize_t FileMedia::WriteFlagged(uint64_t offset,
                                std::span<const std::byte> from) {
  const iovec vec = {const_cast<std::byte*>(from.data()), from.size()};
  return OrErrno(pwritev2(fd_.get(), &vec, 1, static_cast<off_t>(offset),
                          static_cast<int>(options_.recovery_flag)));
}

int64_t FileMedia::Size() {
  struct stat st;
  return fstat(fd_.get(), &st) == 0 ? st.st_size : -errno;
}

int FileMedia::Truncate(uint64_t size) {
  return ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? 0 : -errno;
}

int FileMedia::Punch(FileRange pages) {
  return fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                   static_cast<off_t>(pages.begin),
                   static_cast<off_t>(pages.length())) == 0
             ? 0
             : -errno;
}

std::vector<SectorRange> FileMedia::Badblocks() {
  char text[kPageBytes];  // sysfs gives no more
  const ssize_t n = pread(badblocks_.get(), text, sizeof text, 0);
  if (n < 0) throw ErrnoError("read " + file_.device->badblocks_path(), errno);
  return OnDevice(*file_.device, ParseBadblocks(std::string_view(
                                     text, static_cast<size_t>(n))));
}

int FileMedia::Locate(FileRange pages, Layout* layout) try {
  *layout = {};
  const int64_t size = Size();
  if (size < 0) return static_cast<int>(size);
  layout->size = static_cast<uint64_t>(size);
  if (!file_.device) return 0;
  // The list first: without poison on the device there is nothing to look up.
  const std::vector<SectorRange> bad = Badblocks();
  if (bad.empty()) return 0;
  const ExtentMap map = ExtentMap::Read(fd_.get(), file_.path.c_str(), pages,
                                        ExtentMap::Delayed::kLeave);
  for (Extent extent : map.extents()) {
    const FileRange part = Intersect(pages, extent.file);
    if (part.empty()) continue;
    extent.device_begin += part.begin - extent.file.begin;
    extent.file = part;
    layout->extents.push_back(extent);
  }
  for (const Extent& extent : layout->extents)
    for (SectorRange sectors :
         IntersectAll(CoveringSectors(extent.device()), bad)) {
      const DeviceRange part = Intersect(extent.device(), ToBytes(sectors));
      layout->poison.push_back(FileRange::OfLength(
          extent.file.begin + (part.begin - extent.device_begin),
          part.length()));
    }
  layout->poison = Normalize(std::move(layout->poison));
  return 0;
} catch (const std::exception&) {
  // The file system or the driver went away; the I/O fails as an I/O does.
  return -EIO;
}

ssize_t FileMedia::ReadDevice(DeviceRange from, std::span<std::byte> to) {
  return OrErrno(pread(device_.get(), to.data(), from.length(),
                       static_cast<off_t>(from.begin)));
}

int FileMedia::Listed(std::vector<DeviceRange>* bad) try {
  bad->clear();
  if (!file_.device) return 0;
  for (SectorRange sectors : Badblocks()) bad->push_back(ToBytes(sectors));
  return 0;
} catch (const std::exception&) {
  return -EIO;
}

int64_t FileMedia::ClearErrors(DeviceRange bad) {
  return clearing_ ? clearing_->Clear(bad) : -EOPNOTSUPP;
}

ssize_t FileMedia::ReadBackup(uint64_t offset, std::span<std::byte> to) {
  if (!backup_) return 0;
  return OrErrno(
      pread(backup_.get(), to.data(), to.size(), static_cast<off_t>(offset)));
}

int FileMedia::SetLock(FileRange pages, short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(pages.begin);
  lock.l_len = static_cast<off_t>(pages.length());
  int result;
  do {
    result = fcntl(fd_.get(), F_OFD_SETLKW, &lock);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

int FileMedia::Lock(FileRange pages) {
  return read_only_ ? -EROFS : SetLock(pages, F_WRLCK);
}

void FileMedia::Unlock(FileRange pages) { SetLock(pages, F_UNLCK); }

}  // namespace daxmend
