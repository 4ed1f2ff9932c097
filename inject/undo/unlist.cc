// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/unlist.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "core/error.h"
#include "device/devices.h"
#include "inject/owners/owners.h"
#include "system/dax_file.h"
#include "system/extent_map.h"

namespace daxmend {

FileUnlisting::~FileUnlisting() {
  if (unreadable_) munmap(unreadable_, kPageBytes);
}

void FileUnlisting::AddOpen(FileDescriptor fd, const std::string& path) {
  try {
    struct stat st;
    if (!fd || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return;
    const DaxFile file = DescribeFile(fd.get(), path);
    if (!file.dax || !file.device || file.device->disk != disk_) return;
    files_.push_back({std::move(fd), *file.device, path});
  } catch (const Error&) {
    // The bytes that were kept will have to do.
  }
}

void FileUnlisting::Add(const std::string& path) {
  AddOpen(FileDescriptor(open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW |
                                                O_NOCTTY | O_CLOEXEC)),
          path);
}

void FileUnlisting::Add(int fd, const std::string& path) {
  // The same file again, whatever the path leads to by now.
  const std::string itself = fmt::format("/proc/self/fd/{}", fd);
  AddOpen(FileDescriptor(open(itself.c_str(), O_RDWR | O_CLOEXEC)), path);
}

std::vector<UnitRange> FileUnlisting::UnlistIn(
    const File& file, const std::vector<UnitRange>& pages) {
  if (!IsStillThere(file.device)) return pages;
  std::vector<Extent> extents =
      ExtentMap::Read(file.fd.get(), file.path.c_str(), {0, UINT64_MAX},
                      Delayed::kLeave)
          .extents();
  // A write to shared blocks goes elsewhere, one to unwritten blocks zeroes.
  std::erase_if(extents,
                [](const Extent& e) { return e.shared || e.unwritten; });
  const ExtentMap map(std::move(extents));
  std::vector<UnitRange> others;
  for (UnitRange page : pages) {
    std::vector<ExtentMap::Piece> pieces;
    for (UnitRange on : OnDevice(file.device, {page}))
      pieces = map.ToFile(ToBytes(on));
    if (pieces.size() != 1 || pieces[0].file.length() != kPageBytes ||
        pieces[0].file.begin % kPageBytes != 0) {
      others.push_back(page);
      continue;
    }
    // What it ends in does not matter: the list tells.
    if (pwrite(file.fd.get(), unreadable_, kPageBytes,
               static_cast<off_t>(pieces[0].file.begin)) > 0)
      throw Error(
          {.thing = "a buffer without access", .cause = "could be read"});
  }
  return others;
}

std::vector<UnitRange> FileUnlisting::UnlistByClearing(
    const std::vector<UnitRange>& units, PoisonDevice& device) {
  const uint64_t unit = device.units().error_bytes;
  std::string why;  // the list tells
  for (UnitRange one : units)
    device.ClearErrors(
        SpaRange::OfLength(device.media().begin + one.begin * unit,
                           one.length() * unit),
        &why);
  return units;
}

std::vector<UnitRange> FileUnlisting::Unlist(
    const std::vector<UnitRange>& pages) {
  if (const auto device = FindDeviceOfDisk(disk_);
      device && !device->KeepsBadblocks())
    return UnlistByClearing(pages, *device);
  if (!unreadable_) {
    void* p = mmap(nullptr, kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    if (p == MAP_FAILED) return {};
    unreadable_ = p;
  }
  std::vector<UnitRange> left = pages;
  auto in_files = [&](size_t first) {
    for (size_t i = first; i < files_.size() && !left.empty(); ++i) try {
        left = UnlistIn(files_[i], left);
      } catch (const Error&) {
        // The next file may have them.
      }
  };
  in_files(0);
  if (left.empty()) return pages;
  // Whose are they by now? Files are moved and renamed, and of a device nobody
  // named a file.
  const size_t named = files_.size();
  AddOwners(left);
  in_files(named);
  std::vector<UnitRange> tried = pages;
  std::erase_if(tried, [&](UnitRange page) {
    return std::find(left.begin(), left.end(), page) != left.end();
  });
  return tried;
}

void FileUnlisting::AddOwners(const std::vector<UnitRange>& sectors) try {
  std::set<std::string> paths;
  for (const SectorOwner& owned :
       FindOwners(disk_, Normalize(sectors), [](const std::string&) {}))
    if (owned.owner.kind == Owner::Kind::kFile &&
        paths.insert(owned.owner.path).second)
      Add(owned.owner.path);
} catch (const std::exception&) {
  // Whoever cannot be asked, the bytes that were kept are there.
}

bool FileUnlisting::StoreIn(const File& file, DeviceRange place,
                            std::string_view content) {
  if (!IsStillThere(file.device)) return false;
  std::vector<Extent> extents =
      ExtentMap::Read(file.fd.get(), file.path.c_str(), {0, UINT64_MAX},
                      Delayed::kLeave)
          .extents();
  // A write to shared blocks goes elsewhere, one to unwritten blocks zeroes.
  std::erase_if(extents,
                [](const Extent& e) { return e.shared || e.unwritten; });
  const uint64_t start = file.device.start_sector * kSectorBytes;
  if (place.begin < start) return false;
  const std::vector<ExtentMap::Piece> pieces =
      ExtentMap(std::move(extents))
          .ToFile({place.begin - start, place.end - start});
  uint64_t covered = 0;
  for (const ExtentMap::Piece& piece : pieces) covered += piece.file.length();
  struct stat st;
  if (covered != content.size() || fstat(file.fd.get(), &st) != 0) return false;
  for (const ExtentMap::Piece& piece : pieces) {
    // What lies behind the end of a file is nobody's, and would make it longer.
    const FileRange held =
        Intersect(piece.file, {0, static_cast<uint64_t>(st.st_size)});
    size_t done = 0;
    while (done < held.length()) {
      const ssize_t n = pwrite(
          file.fd.get(),
          content.data() + (piece.device.begin + start - place.begin) + done,
          held.length() - done, static_cast<off_t>(held.begin + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw ErrnoError("write " + file.path, n < 0 ? errno : ENOSPC);
      done += static_cast<size_t>(n);
    }
  }
  return true;
}

bool FileUnlisting::Store(DeviceRange place, std::string_view content) {
  for (const File& file : files_)
    if (StoreIn(file, place, content)) return true;
  const size_t named = files_.size();
  AddOwners({CoveringSectors(place)});
  for (size_t i = named; i < files_.size(); ++i)
    if (StoreIn(files_[i], place, content)) return true;
  return false;
}

Unlisting* UnlistingOf(const PoisonDevice& device, FileUnlisting& files) {
  return device.ListedBy() == "kernel" && device.ClearingKeepsBytes() ? &files
                                                                      : nullptr;
}

}  // namespace daxmend
