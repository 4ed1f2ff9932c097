// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/file_media.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

#include "copy/fault_tolerant_copy.h"
#include "core/error.h"
#include "recovery/range_lock.h"
#include "recovery/unreadable.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

ssize_t OrErrno(ssize_t result) { return result < 0 ? -errno : result; }

// Of the file itself, where `path` is a symbolic link to it.
std::string DirectoryOf(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return error ? "." : real.parent_path().string();
}

// What must be known of the media is read so many bytes at a time.
constexpr uint64_t kProbeBytes = uint64_t{64} * 1024;
// Room held beside that for data: a hole splits an extent, and the tree of
// extents may need new blocks for it.
constexpr uint64_t kMetadataBytes = 4 * kPageBytes;

// A block device has a page cache, past which its poison is.
int CacheFlags(const FileMedia::Options& options) {
  return options.described &&
                 (options.described->raw || options.described->sector_mode)
             ? O_DIRECT
             : 0;
}

// Can single sectors of `device` be read? A BTT's blocks may be pages.
bool ReadsSectors(const BlockDevice& device) try {
  return ReadFile("/sys/block/" + device.disk + "/queue/logical_block_size") ==
         "512\n";
} catch (const Error&) {
  return true;
}

}  // namespace

FileMedia::FileMedia(Options options)
    : options_(std::move(options)),
      files_({.path = options_.path,
              .fd = options_.fd,
              .sync_flags = options_.sync_flags | CacheFlags(options_),
              .descriptor = options_.descriptor}),
      file_(options_.described ? *options_.described
                               : DescribeFile(files_.AnyFile(), options_.path)),
      backup_(options_.backup, options_.path, files_.AnyFile()),
      listed_(options_.list) {
  // It would look as if nothing were ever poisoned.
  if (file_.dax) RequireDax(file_);
  // Without DAX (allow_nodax) there is no poison, and the device may be
  // anything, readable or not: it is left alone.
  if (file_.meets_poison() && file_.device) {
    if (options_.list) PrepareFaultTolerantCopy();
    files_.SetDevice(*file_.device,
                     !options_.list && options_.read_device &&
                         (!file_.sector_mode || ReadsSectors(*file_.device)),
                     !options_.list && !file_.sector_mode);
    if (options_.clearing) clearing_ = options_.clearing(*file_.device);
  } else {
    file_.device.reset();
  }
}

void FileMedia::Free::operator()(std::byte* p) const { std::free(p); }

void FileMedia::Rest() {
  UnmapPages();
  files_.Rest();
}

template <class Io>
ssize_t FileMedia::OnFile(Io io) {
  const int fd = files_.File();
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
  if (!file_.device || file_.sector_mode) return false;
  return !ReadList().nothing();
} catch (const std::exception&) {
  return true;
}

const ListedPoison::Known& FileMedia::ReadList() {
  return listed_.Now(*file_.device, files_);
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
  if (!IsStillThere(*file_.device)) return -ESTALE;
  const FileRange whole = {0, layout->size};
  if (file_.sector_mode) {
    // Where its blocks are is the driver's own business, and its list, too.
    layout->extents.push_back(
        {.file = Intersect(pages, whole), .device_begin = pages.begin});
    return 0;
  }
  // The list first: without poison on the device there is nothing to look up.
  const ListedPoison::Known& list = ReadList();
  if (list.nothing()) return 0;
  const int fd = files_.File();
  if (fd < 0) return fd;
  if (file_.raw)
    layout->extents.push_back({.file = whole, .device_begin = 0});
  else
    ReadExtents(fd, file_.path.c_str(), pages, Delayed::kLeave,
                &layout->extents, nullptr);
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
  if (!files_.reads_device()) {
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
  if (file_.sector_mode && file_.device)
    hidden = {Intersect(pages, {0, layout->size})};
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
  const int fd = files_.File();
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
  const int device = files_.Device();
  if (device < 0) return device;
  return OrErrno(
      pread(device, to.data(), from.length(), static_cast<off_t>(from.begin)));
}

int FileMedia::Listed(std::vector<DeviceRange>* bad) try {
  bad->clear();
  if (!file_.device || file_.sector_mode) return 0;
  if (!IsStillThere(*file_.device)) return -ESTALE;
  *bad = ReadList().bad;
  return 0;
} catch (const std::exception&) {
  return -EIO;
}

int64_t FileMedia::ClearErrors(DeviceRange bad) try {
  if (!clearing_) return -EOPNOTSUPP;
  // The firmware is told an address.
  return IsStillThere(*file_.device) ? clearing_->Clear(bad) : -ESTALE;
} catch (const std::exception&) {
  return -EIO;
}

int FileMedia::Lock(FileRange pages) {
  // It may have been mounted read-only since it was opened last.
  const int fd = files_.File();
  if (fd < 0) return fd;
  return files_.read_only() ? -EROFS : SetRangeLock(fd, pages, F_WRLCK);
}

void FileMedia::Unlock(FileRange pages) {
  SetRangeLock(files_.File(), pages, F_UNLCK);
}

}  // namespace daxmend
