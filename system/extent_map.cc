// SPDX-License-Identifier: GPL-2.0-only

#include "system/extent_map.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr size_t kExtentsPerCall = 256;

}  // namespace

const char* WhyUnplaced(uint32_t flags) {
  // Inline data and packed tails are NOT_ALIGNED as well, and what is delayed
  // is UNKNOWN as well.
  if (flags & FIEMAP_EXTENT_DATA_INLINE) return "is kept in the file's inode";
  if (flags & FIEMAP_EXTENT_DELALLOC)
    return "is not written back yet (sync the file)";
  if (flags & (FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_ENCRYPTED))
    return "is compressed or encrypted";
  if (flags & (FIEMAP_EXTENT_DATA_TAIL | FIEMAP_EXTENT_NOT_ALIGNED))
    return "is not aligned to blocks";
  if (flags & FIEMAP_EXTENT_UNKNOWN)
    return "has no device location that the file system reports";
  return nullptr;
}

ExtentMap::ExtentMap(std::vector<Extent> extents,
                     std::vector<Unplaced> unplaced)
    : extents_(std::move(extents)),
      by_device_(),
      unplaced_(std::move(unplaced)) {
  std::sort(extents_.begin(), extents_.end(),
            [](const Extent& a, const Extent& b) { return a.file < b.file; });
  by_device_ = extents_;
  std::sort(by_device_.begin(), by_device_.end(),
            [](const Extent& a, const Extent& b) {
              return a.device_begin < b.device_begin;
            });
}

void ReadExtents(int fd, const char* path, FileRange range, Delayed delayed,
                 std::vector<Extent>* extents,
                 std::vector<Unplaced>* unplaced) {
  alignas(fiemap) char
      buffer[sizeof(fiemap) + kExtentsPerCall * sizeof(fiemap_extent)];
  auto* map = reinterpret_cast<fiemap*>(buffer);
  uint64_t at = range.begin;
  while (at < range.end) {
    std::memset(map, 0, sizeof *map);
    map->fm_start = at;
    map->fm_length = range.end - at;
    map->fm_flags = delayed == Delayed::kWriteBack ? FIEMAP_FLAG_SYNC : 0;
    map->fm_extent_count = kExtentsPerCall;
    if (ioctl(fd, FS_IOC_FIEMAP, map) != 0)
      throw ErrnoError(std::string("read the extents of ") + path, errno);
    if (map->fm_mapped_extents == 0) break;
    bool last = false;
    for (uint32_t i = 0; i < map->fm_mapped_extents; ++i) {
      const fiemap_extent& e = map->fm_extents[i];
      last = last || (e.fe_flags & FIEMAP_EXTENT_LAST) != 0;
      at = e.fe_logical + e.fe_length;
      if (const char* cause = WhyUnplaced(e.fe_flags)) {
        if (unplaced != nullptr)
          unplaced->push_back(
              {FileRange::OfLength(e.fe_logical, e.fe_length), cause});
        continue;
      }
      extents->push_back(
          {.file = FileRange::OfLength(e.fe_logical, e.fe_length),
           .device_begin = e.fe_physical,
           .unwritten = (e.fe_flags & FIEMAP_EXTENT_UNWRITTEN) != 0,
           .shared = (e.fe_flags & FIEMAP_EXTENT_SHARED) != 0});
    }
    if (last) break;
  }
}

ExtentMap ExtentMap::Read(int fd, const char* path, FileRange range,
                          Delayed delayed) {
  std::vector<Extent> extents;
  std::vector<Unplaced> unplaced;
  ReadExtents(fd, path, range, delayed, &extents, &unplaced);
  return ExtentMap(std::move(extents), std::move(unplaced));
}

std::vector<ExtentMap::Piece> ExtentMap::ToDevice(FileRange range) const {
  std::vector<Piece> pieces;
  auto at = std::partition_point(
      extents_.begin(), extents_.end(),
      [&](const Extent& e) { return e.file.end <= range.begin; });
  for (; at != extents_.end() && at->file.begin < range.end; ++at) {
    FileRange part = Intersect(range, at->file);
    uint64_t device = at->device_begin + (part.begin - at->file.begin);
    pieces.push_back({part, DeviceRange::OfLength(device, part.length())});
  }
  return pieces;
}

std::vector<ExtentMap::Piece> ExtentMap::ToFile(DeviceRange range) const {
  std::vector<Piece> pieces;
  // A file may share blocks with itself (reflink), so several extents can lie
  // on one place: look at every one that begins before the end.
  for (const Extent& e : by_device_) {
    if (e.device_begin >= range.end) break;
    DeviceRange part = Intersect(range, e.device());
    if (part.empty()) continue;
    uint64_t file = e.file.begin + (part.begin - e.device_begin);
    pieces.push_back({FileRange::OfLength(file, part.length()), part});
  }
  return pieces;
}

}  // namespace daxmend
