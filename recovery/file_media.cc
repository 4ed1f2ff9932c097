// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/file_media.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "recovery/fault_tolerant_copy.h"
#include "recovery/unreadable.h"
#include "system/process_tables.h"

namespace daxmend {
namespace {

ssize_t OrErrno(ssize_t result) { return result < 0 ? -errno : result; }

// Of the file itself, where `path` is a symbolic link to it.
std::string DirectoryOf(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return error ? "." : real.parent_path().string();
}

bool SameFile(int a, int b) {
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

FileDescriptor OpenOr(const std::string& path, int flags,
                      const std::string& what, const std::string& way_out) {
  FileDescriptor fd(open(path.c_str(), flags | O_CLOEXEC));
  if (!fd) throw ErrnoError(what, errno, way_out);
  return fd;
}

SharedDescriptor OpenDevice(const BlockDevice& device) try {
  return OpenShared(device.node(), O_RDONLY | O_DIRECT);
} catch (const Error& e) {
  throw ErrnoError("recovery cannot open " + device.node(), e.code(),
                   "run as root, or set salvage=page");
}

// Opens the device, or its list, to see whether that can be done, once in a
// process: each of a thousand files need not.
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

// What must be known of the media is read so many bytes at a time.
constexpr uint64_t kProbeBytes = uint64_t{64} * 1024;
// Room held beside that for data: a hole splits an extent, and the tree of
// extents may need new blocks for it.
constexpr uint64_t kMetadataBytes = 4 * kPageBytes;

// Where the file is given open and need not be opened now, who may write to it
// is asked of that. EROFS sets *read_only. Throws Error; false where the kernel
// cannot tell (before Linux 5.8).
bool MayWrite(const FileMedia::Options& options, bool* read_only) {
  if (syscall(SYS_faccessat2, options.fd, "", W_OK,
              AT_EMPTY_PATH | AT_EACCESS) == 0)
    return true;
  if (errno == ENOSYS || errno == EINVAL) return false;
  *read_only = errno == EROFS;
  if (!*read_only) throw CannotWrite(options.path, errno);
  return true;
}

FileDescriptor OpenFile(const FileMedia::Options& options, bool* read_only) {
  const int flags = O_CLOEXEC | options.sync_flags;
  const std::string link = fmt::format("/proc/self/fd/{}", options.fd);
  const std::string& path =
      options.fd >= 0 && access(link.c_str(), F_OK) == 0 ? link : options.path;
  FileDescriptor fd(open(path.c_str(), O_RDWR | flags));
  *read_only = !fd && errno == EROFS;
  if (*read_only) fd = FileDescriptor(open(path.c_str(), flags));
  if (!fd) throw CannotWrite(options.path, errno);
  if (options.fd >= 0 && !SameFile(fd.get(), options.fd))
    throw Error({.thing = options.path,
                 .cause = "is no longer the file that the job opened",
                 .way_out = "do not rename or replace it while the job runs"});
  return fd;
}

}  // namespace

FileMedia::FileMedia(Options options)
    : options_(std::move(options)),
      at_(options_.descriptor ? options_.descriptor : &own_) {
  *at_ = {};
  const bool later = options_.descriptor && options_.fd >= 0 &&
                     MayWrite(options_, &read_only_);
  if (!later) {
    at_->fd_ = OpenFile(options_, &read_only_);
    at_->owner_ = this;
  }
  const int fd = later ? options_.fd : at_->fd_.get();
  file_ = options_.described ? *options_.described
                             : DescribeFile(fd, options_.path);
  // It would look as if nothing were ever poisoned.
  if (file_.dax) RequireDax(file_);
  // Without DAX (allow_nodax) there is no poison, and the device may be
  // anything, readable or not: it is left alone.
  if (file_.dax && file_.device) {
    reads_device_ = !options_.list && options_.read_device;
    if (options_.list) PrepareFaultTolerantCopy();
    const BlockDevice& device = *file_.device;
    if (reads_device_) CheckOnce(device.node(), [&] { OpenDevice(device); });
    if (options_.clearing) clearing_ = options_.clearing(*file_.device);
    if (!options_.list)
      CheckOnce(device.badblocks_path(),
                [&] { OpenShared(device.badblocks_path(), O_RDONLY); });
  } else {
    file_.device.reset();
  }
  if (!options_.backup.empty()) {
    backup_ =
        OpenOr(options_.backup, O_RDONLY, "backup " + options_.backup,
               "name a copy of " + options_.path + ", or leave backup= out");
    if (SameFile(fd, backup_.get()))
      throw Error({.thing = "backup " + options_.backup,
                   .cause = "is the file itself",
                   .way_out = "name a copy of it"});
  }
}

void FileMedia::Free::operator()(std::byte* p) const { std::free(p); }

int FileMedia::Open() try {
  if (at_->owner_ != this) {
    *at_ = {};
    at_->fd_ = OpenFile(options_, &read_only_);
    at_->owner_ = this;
  }
  return at_->fd_.get();
} catch (const Error& e) {
  return e.code() != 0 ? -e.code() : -EIO;
}

void FileMedia::CloseFile() {
  if (at_->owner_ == this) *at_ = {};
}

void FileMedia::Rest() {
  UnmapPages();
  CloseFile();
  device_ = {};
  badblocks_ = {};
}

void FileMedia::Wake() {
  // Should one of them fail, recovery meets that, and says so.
  Open();
  OpenDeviceIfRead();
}

int FileMedia::OpenDeviceIfRead() try {
  if (reads_device_ && !device_) device_ = OpenDevice(*file_.device);
  return 0;
} catch (const Error& e) {
  return e.code() != 0 ? -e.code() : -EIO;
}

template <class Io>
ssize_t FileMedia::OnFile(Io io) {
  const int fd = Open();
  return fd < 0 ? fd : OrErrno(io(fd));
}

ssize_t FileMedia::ReadFile(uint64_t offset, std::span<std::byte> to) {
  return OnFile([&](int fd) {
    return pread(fd, to.data(), to.size(), static_cast<off_t>(offset));
  });
}

ssize_t FileMedia::WriteFile(uint64_t offset, std::span<const std::byte> from) {
  return OnFile([&](int fd) {
    return pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset));
  });
}

ssize_t FileMedia::ReadFlagged(uint64_t offset, std::span<std::byte> to) {
  const iovec vec = {to.data(), to.size()};
  return OnFile([&](int fd) {
    return preadv2(fd, &vec, 1, static_cast<off_t>(offset),
                   static_cast<int>(options_.recovery_flag));
  });
}

ssize_t FileMedia::WriteFlagged(uint64_t offset,
                                std::span<const std::byte> from) {
  const iovec vec = {const_cast<std::byte*>(from.data()), from.size()};
  return OnFile([&](int fd) {
    return pwritev2(fd, &vec, 1, static_cast<off_t>(offset),
                    static_cast<int>(options_.recovery_flag));
  });
}

void FileMedia::Pause() {
  const timespec millisecond = {0, 1'000'000};
  nanosleep(&millisecond, nullptr);
}

int64_t FileMedia::Size() {
  // A sixth of what fstat takes, which looks up an empty path (Linux 6.1); the
  // position is this descriptor's own, and nobody reads from it.
  return OnFile([](int fd) { return lseek(fd, 0, SEEK_END); });
}

int FileMedia::Truncate(uint64_t size) {
  return static_cast<int>(
      OnFile([&](int fd) { return ftruncate(fd, static_cast<off_t>(size)); }));
}

int FileMedia::Punch(FileRange pages) {
  return static_cast<int>(OnFile([&](int fd) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     static_cast<off_t>(pages.begin),
                     static_cast<off_t>(pages.length()));
  }));
}

int FileMedia::Reserve(uint64_t bytes) {
  if (!file_.device) return 0;
  const uint64_t wanted = bytes + kMetadataBytes;
  if (reserved_ >= wanted) return 0;
  if (!reserve_) {
    FileDescriptor reserve(open(DirectoryOf(options_.path).c_str(),
                                O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!reserve) return -errno;
    struct stat a, b;
    const ssize_t known = OnFile([&](int fd) { return fstat(fd, &a); });
    if (known < 0) return static_cast<int>(known);
    if (fstat(reserve.get(), &b) != 0) return -errno;
    if (a.st_dev != b.st_dev) return -EXDEV;
    reserve_ = std::move(reserve);
  }
  if (fallocate(reserve_.get(), 0, 0, static_cast<off_t>(wanted)) != 0)
    return -errno;
  reserved_ = wanted;
  return 0;
}

void FileMedia::Release() {
  if (reserved_ == 0) return;
  reserved_ = 0;
  reserve_ = {};
  // Blocks that were given back can be given out when the journal has
  // committed that.
  OnFile([](int fd) { return fsync(fd); });
}

bool FileMedia::AnyListed() try {
  if (!file_.device) return false;
  const KnownList& list = ReadList();
  return !list.bad.empty() || !list.unseen.empty();
} catch (const std::exception&) {
  return true;
}

const FileMedia::KnownList& FileMedia::ReadList() {
  if (options_.list) {
    std::vector<DeviceRange> disk;
    if (!options_.list->Update(&list_.generation, &disk)) return list_;
    list_.bad.clear();
    const uint64_t start = file_.device->start_sector * kSectorBytes;
    const DeviceRange part =
        DeviceRange::OfLength(start, file_.device->sectors * kSectorBytes);
    EachIn(part, disk, [&](DeviceRange bad) {
      list_.bad.push_back({bad.begin - start, bad.end - start});
    });
    return list_;
  }
  if (!badblocks_)
    badblocks_ = OpenShared(file_.device->badblocks_path(), O_RDONLY);
  char text[kPageBytes];  // sysfs gives no more
  const ssize_t n = pread(badblocks_->get(), text, sizeof text, 0);
  if (n < 0) throw ErrnoError("read " + file_.device->badblocks_path(), errno);
  const std::string_view now(text, static_cast<size_t>(n));
  if (now == list_.text) return list_;
  // Until all of it is there, it is no list's.
  list_.text.clear();
  BadblocksView disk = ParseBadblocksView(now);
  list_.unseen = {UINT64_MAX, UINT64_MAX};
  if (disk.cut) {
    // The list is sorted, so what is not shown lies behind what is.
    const uint64_t shown = disk.sectors.empty() ? 0 : disk.sectors.back().end;
    const uint64_t start = file_.device->start_sector;
    list_.unseen.begin = (shown > start ? shown - start : 0) * kSectorBytes;
  }
  list_.bad.clear();
  for (SectorRange bad : OnDevice(*file_.device, std::move(disk.sectors)))
    list_.bad.push_back(ToBytes(bad));
  list_.text = now;
  return list_;
}

int FileMedia::LocateListed(FileRange pages, Layout* layout,
                            std::vector<FileRange>* hidden) try {
  UnmapPages();
  // Their memory is taken again.
  layout->extents.clear();
  layout->poison.clear();
  layout->unit = Unit();
  hidden->clear();
  const int64_t size = Size();
  if (size < 0) return static_cast<int>(size);
  layout->size = static_cast<uint64_t>(size);
  if (!file_.device) return 0;
  // The list first: without poison on the device there is nothing to look up.
  const KnownList& list = ReadList();
  if (list.bad.empty() && list.unseen.empty()) return 0;
  const int fd = Open();
  if (fd < 0) return fd;
  ReadExtents(fd, file_.path.c_str(), pages, Delayed::kLeave, &layout->extents,
              nullptr);
  size_t kept = 0;
  for (Extent extent : layout->extents) {
    const FileRange part = Intersect(pages, extent.file);
    if (part.empty()) continue;
    extent.device_begin += part.begin - extent.file.begin;
    extent.file = part;
    layout->extents[kept++] = extent;
  }
  layout->extents.resize(kept);
  if (options_.list) located_ = layout->extents;
  for (const Extent& extent : layout->extents) {
    const auto in_file = [&](DeviceRange part) {
      return FileRange::OfLength(
          extent.file.begin + (part.begin - extent.device_begin),
          part.length());
    };
    EachIn(extent.device(), list.bad,
           [&](DeviceRange bad) { layout->poison.push_back(in_file(bad)); });
    const DeviceRange unseen = Intersect(extent.device(), list.unseen);
    if (!unseen.empty()) hidden->push_back(in_file(unseen));
  }
  layout->poison = Normalize(std::move(layout->poison));
  *hidden = Normalize(std::move(*hidden));
  return 0;
} catch (const std::exception&) {
  // The file system or the driver went away; the I/O fails as an I/O does.
  return -EIO;
}

int FileMedia::FindHidden(FileRange part, Layout* layout) {
  if (!probe_)
    probe_.reset(
        static_cast<std::byte*>(std::aligned_alloc(kPageBytes, kProbeBytes)));
  if (!probe_) return -ENOMEM;
  const auto whole = [](ssize_t n, uint64_t length) {
    return n < 0                               ? static_cast<int>(n)
           : n == static_cast<ssize_t>(length) ? 0
                                               : -EAGAIN;
  };
  if (!reads_device_) {
    // Whole pages are given up, and the file tells which.
    return FindUnreadable(
        part, kPageBytes,
        [&](FileRange pages) {
          const uint64_t length =
              Intersect(pages, FileRange{0, layout->size}).length();
          return whole(ReadFile(pages.begin, {probe_.get(), length}), length);
        },
        &layout->poison);
  }
  for (const Extent& extent : layout->extents) {
    const FileRange both = Intersect(part, extent.file);
    if (both.empty()) continue;
    std::vector<DeviceRange> bad;
    const int error = FindUnreadable(
        DeviceRange::OfLength(
            extent.device_begin + (both.begin - extent.file.begin),
            both.length()),
        kSectorBytes,
        [&](DeviceRange sectors) {
          return whole(ReadDevice(sectors, {probe_.get(), sectors.length()}),
                       sectors.length());
        },
        &bad);
    if (error != 0) return error;
    for (DeviceRange sectors : bad)
      layout->poison.push_back(FileRange::OfLength(
          extent.file.begin + (sectors.begin - extent.device_begin),
          sectors.length()));
  }
  return 0;
}

int FileMedia::Locate(FileRange pages, Layout* layout) try {
  std::vector<FileRange> hidden;
  if (const int error = LocateListed(pages, layout, &hidden); error != 0)
    return error;
  if (hidden.empty()) return 0;
  for (FileRange part : hidden)
    for (uint64_t at = part.begin; at < part.end; at += kProbeBytes) {
      const int error =
          FindHidden({at, std::min(part.end, at + kProbeBytes)}, layout);
      if (error != 0) return error;
    }
  layout->poison = Normalize(std::move(layout->poison));
  return 0;
} catch (const std::exception&) {
  return -EIO;
}

std::byte* FileMedia::MapPages(FileRange pages) {
  if (mapped_ && mapped_pages_ == pages) return mapped_;
  UnmapPages();
  const int fd = Open();
  if (fd < 0) {
    errno = -fd;
    return nullptr;
  }
  void* const at = mmap(nullptr, pages.length(), PROT_READ, MAP_SHARED, fd,
                        static_cast<off_t>(pages.begin));
  if (at == MAP_FAILED) return nullptr;
  mapped_ = static_cast<std::byte*>(at);
  mapped_pages_ = pages;
  return mapped_;
}

void FileMedia::UnmapPages() {
  if (mapped_) munmap(mapped_, mapped_pages_.length());
  mapped_ = nullptr;
}

ssize_t FileMedia::ReadMapped(DeviceRange from, std::span<std::byte> to) {
  const auto extent =
      std::find_if(located_.begin(), located_.end(),
                   [&](const Extent& e) { return e.device().Contains(from); });
  if (extent == located_.end()) return -EIO;
  const auto file = FileRange::OfLength(
      extent->file.begin + (from.begin - extent->device_begin), from.length());
  const FileRange pages = AlignOut(file, kPageBytes);
  const std::byte* const at = MapPages(pages);
  if (!at) return -errno;
  const size_t left = FaultTolerantCopy(
      to.data(), at + (file.begin - pages.begin), file.length());
  return left == 0 ? static_cast<ssize_t>(file.length()) : -EIO;
}

ssize_t FileMedia::ReadDevice(DeviceRange from, std::span<std::byte> to) {
  // Of a disk only sectors can be read, and one bad line is enough for that to
  // fail; loads get everything else.
  if (options_.list) return ReadMapped(from, to);
  if (const int error = OpenDeviceIfRead(); error != 0) return error;
  return OrErrno(pread(device_->get(), to.data(), from.length(),
                       static_cast<off_t>(from.begin)));
}

int FileMedia::Listed(std::vector<DeviceRange>* bad) try {
  bad->clear();
  if (!file_.device) return 0;
  *bad = ReadList().bad;
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
  ssize_t result;
  do {
    result = OnFile([&](int fd) { return fcntl(fd, F_OFD_SETLKW, &lock); });
  } while (result == -EINTR);
  return static_cast<int>(result);
}

int FileMedia::Lock(FileRange pages) {
  return read_only_ ? -EROFS : SetLock(pages, F_WRLCK);
}

void FileMedia::Unlock(FileRange pages) { SetLock(pages, F_UNLCK); }

}  // namespace daxmend
