// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/device_dax_media.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "core/error.h"
#include "recovery/range_lock.h"

namespace daxmend {

Error NoDaxList(const std::string& path) {
  return Error({.thing = "the poison of " + path,
                .cause = "cannot be located: only root is told where "
                         "device-dax lies in its region, whose list has it",
                .way_out = "run as root, or set recovery=none"});
}

DeviceDaxMedia::DeviceDaxMedia(Options options)
    : options_(std::move(options)),
      backup_(options_.backup, options_.described.path, options_.fd) {
  const std::string& path = options_.described.path;
  if (!options_.list) throw NoDaxList(path);
  if (const int error = Open(); error != 0)
    throw ErrnoError("recovery cannot write " + path, -error,
                     "make it writable, or set recovery=none");
}

int DeviceDaxMedia::Open() try {
  if (mapped_) return 0;
  const std::string link = fmt::format("/proc/self/fd/{}", options_.fd);
  fd_ = FileDescriptor(open(link.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd_) return -errno;
  mapped_ = std::make_unique<MappedFile>(
      MappedFile::Options{.fd = fd_.get(),
                          .path = options_.described.path,
                          .dax = options_.described.dax,
                          .writable = true,
                          .size = options_.described.size});
  return 0;
} catch (const Error& e) {
  fd_ = {};
  return e.code() != 0 ? -e.code() : -EIO;
} catch (const std::exception&) {
  fd_ = {};
  return -ENOMEM;
}

void DeviceDaxMedia::Rest() {
  mapped_ = {};
  fd_ = {};
}

const std::vector<DeviceRange>& DeviceDaxMedia::ReadList() {
  options_.list->Update(&generation_, &bad_);
  return bad_;
}

bool DeviceDaxMedia::AnyListed() try {
  return !ReadList().empty();
} catch (const std::exception&) {
  return true;
}

int DeviceDaxMedia::LocateListed(FileRange pages, Layout* layout,
                                 std::vector<FileRange>* hidden) {
  hidden->clear();
  return Locate(pages, layout);
}

int DeviceDaxMedia::Locate(FileRange pages, Layout* layout) try {
  layout->extents.clear();
  layout->poison.clear();
  layout->unit = Unit();
  layout->size = options_.described.size;
  const FileRange part = Intersect(pages, {0, layout->size});
  const std::vector<DeviceRange>& bad = ReadList();
  if (part.empty() || bad.empty()) return 0;
  layout->extents.push_back({.file = part, .device_begin = part.begin});
  EachIn(DeviceRange{part.begin, part.end}, bad, [&](DeviceRange in) {
    layout->poison.push_back({in.begin, in.end});
  });
  return 0;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
} catch (const std::exception&) {
  // It went away; the I/O fails as an I/O does.
  return -EIO;
}

int DeviceDaxMedia::Listed(std::vector<DeviceRange>* bad) try {
  *bad = ReadList();
  return 0;
} catch (const std::exception&) {
  return -EIO;
}

ssize_t DeviceDaxMedia::ReadFile(uint64_t offset, std::span<std::byte> to) {
  const int error = Open();
  return error != 0 ? error : mapped_->Read(offset, to.data(), to.size());
}

ssize_t DeviceDaxMedia::WriteFile(uint64_t offset,
                                  std::span<const std::byte> from) {
  const int error = Open();
  return error != 0 ? error : mapped_->Write(offset, from.data(), from.size());
}

ssize_t DeviceDaxMedia::ReadFlagged(uint64_t, std::span<std::byte>) {
  return -EOPNOTSUPP;
}

ssize_t DeviceDaxMedia::WriteFlagged(uint64_t, std::span<const std::byte>) {
  return -EOPNOTSUPP;
}

int64_t DeviceDaxMedia::Size() {
  return static_cast<int64_t>(options_.described.size);
}

int DeviceDaxMedia::Truncate(uint64_t) { return -EOPNOTSUPP; }
int DeviceDaxMedia::Punch(FileRange) { return -EOPNOTSUPP; }
int DeviceDaxMedia::Reserve(uint64_t) { return -EOPNOTSUPP; }

ssize_t DeviceDaxMedia::ReadDevice(DeviceRange from, std::span<std::byte> to) {
  return ReadFile(from.begin, to.first(from.length()));
}

int64_t DeviceDaxMedia::ClearErrors(DeviceRange bad) {
  return options_.clearing ? options_.clearing->Clear(bad) : -EOPNOTSUPP;
}

int DeviceDaxMedia::Lock(FileRange pages) {
  const int error = Open();
  return error != 0 ? error : SetRangeLock(fd_.get(), pages, F_WRLCK);
}

void DeviceDaxMedia::Unlock(FileRange pages) {
  SetRangeLock(fd_.get(), pages, F_UNLCK);
}

}  // namespace daxmend
