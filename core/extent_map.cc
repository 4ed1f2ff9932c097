// SPDX-License-Identifier: GPL-2.0-only

#include "core/extent_map.h"

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
// Places that are unknown, or not plain runs of blocks.
constexpr uint32_t kNoPlace =
    FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED |
    FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED;

}  // namespace

ExtentMap::ExtentMap(std::vector<Extent> extents)
    : extents_(std::move(extents)), by_device_() {
  std::sort(extents_.begin(), extents_.end(),
            [](const Extent& a, const Extent& b) { return a.file < b.file; });
  by_device_ = extents_;
  std::sort(by_device_.begin(), by_device_.end(),
            [](const Extent& a, const Extent& b) {
              return a.device_begin < b.device_begin;
            });
}

ExtentMap ExtentMap::Read(int fd, const char* path, FileRange range,
                          Delayed delayed) {
  alignas(fiemap) char
      buffer[sizeof(fiemap) + kExtentsPerCall * sizeof(fiemap_extent)];
  auto* map = reinterpret_cast<fiemap*>(buffer);
  std::vector<Extent> extents;
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
      if (e.fe_flags & kNoPlace) continue;
      extents.push_back(
          {.file = FileRange::OfLength(e.fe_logical, e.fe_length),
           .device_begin = e.fe_physical,
           .unwritten = (e.fe_flags & FIEMAP_EXTENT_UNWRITTEN) != 0,
           .shared = (e.fe_flags & FIEMAP_EXTENT_SHARED) != 0});
    }
    if (last) break;
  }
  return ExtentMap(std::move(extents));
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
