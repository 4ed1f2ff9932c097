// SPDX-License-Identifier: GPL-2.0-only
//
// Half-open ranges [begin, end) in the five address spaces daxmend moves
// between. A file offset, a device offset and a physical address are all
// 64-bit numbers; giving each a type of its own makes the compiler refuse to
// mix them:
//
//   FileRange page = AlignOut(FileRange{700, 900}, kPageBytes);  // [0, 4096)
//   DeviceRange where = map.ToDevice(page).front();
//   SectorRange bad = CoveringSectors(where);
//
// Values only; safe to use from any thread.

#ifndef DAXMEND_CORE_RANGE_H_
#define DAXMEND_CORE_RANGE_H_

#include <algorithm>
#include <compare>
#include <cstdint>
#include <vector>

namespace daxmend {

// The unit of the kernel's badblocks lists (block/badblocks.c).
inline constexpr uint64_t kSectorBytes = 512;
// The unit in which fsdax refuses and repairs (fs/dax.c, x86-64 base page).
inline constexpr uint64_t kPageBytes = 4096;

template <class Space>
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;

  static Range OfLength(uint64_t begin, uint64_t length) {
    return {begin, begin + length};
  }
  uint64_t length() const { return end > begin ? end - begin : 0; }
  bool empty() const { return end <= begin; }
  bool Contains(uint64_t at) const { return begin <= at && at < end; }
  bool Contains(Range other) const {
    return begin <= other.begin && other.end <= end;
  }
  bool Overlaps(Range other) const {
    return begin < other.end && other.begin < end;
  }
  auto operator<=>(const Range&) const = default;
};

// What units of so many bytes are called: CXL's 64 are a cache line.
inline constexpr const char* UnitName(uint64_t bytes) {
  return bytes == kSectorBytes ? "sector" : bytes == 64 ? "line" : "unit";
}

struct FileSpace;    // byte offsets in a file
struct DeviceSpace;  // byte offsets on the block device the file system is on
struct SectorSpace;  // 512-byte sectors on that same block device
struct SpaSpace;     // system physical addresses, in bytes
struct DpaSpace;     // device physical addresses, in bytes

using FileRange = Range<FileSpace>;
using DeviceRange = Range<DeviceSpace>;
using SectorRange = Range<SectorSpace>;
// Units of a device (device/device_units.h), from the beginning of its media:
// sectors, where those are its units.
using UnitRange = SectorRange;
using SpaRange = Range<SpaSpace>;
using DpaRange = Range<DpaSpace>;

// What both have in common; empty when they do not overlap.
template <class Space>
Range<Space> Intersect(Range<Space> a, Range<Space> b) {
  Range<Space> both{std::max(a.begin, b.begin), std::min(a.end, b.end)};
  return both.empty() ? Range<Space>{both.begin, both.begin} : both;
}

// The smallest range of whole units that contains `range`. `unit` is a power
// of two. The end saturates instead of wrapping.
template <class Space>
Range<Space> AlignOut(Range<Space> range, uint64_t unit) {
  uint64_t mask = unit - 1;
  uint64_t end =
      range.end > UINT64_MAX - mask ? UINT64_MAX : (range.end + mask) & ~mask;
  return {range.begin & ~mask, end};
}

// The largest range of whole units inside `range`; may be empty.
template <class Space>
Range<Space> AlignIn(Range<Space> range, uint64_t unit) {
  uint64_t mask = unit - 1;
  uint64_t begin = range.begin > UINT64_MAX - mask
                       ? UINT64_MAX & ~mask
                       : (range.begin + mask) & ~mask;
  return {begin, std::max(begin, range.end & ~mask)};
}

// Sorted, without empties, touching and overlapping ranges joined.
template <class Space>
std::vector<Range<Space>> Normalize(std::vector<Range<Space>> ranges) {
  bool is_normal = true;
  for (size_t i = 0; i < ranges.size() && is_normal; ++i)
    is_normal =
        !ranges[i].empty() && (i == 0 || ranges[i - 1].end < ranges[i].begin);
  if (is_normal) return ranges;
  std::erase_if(ranges, [](Range<Space> r) { return r.empty(); });
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range<Space>> out;
  for (Range<Space> r : ranges) {
    if (!out.empty() && r.begin <= out.back().end)
      out.back().end = std::max(out.back().end, r.end);
    else
      out.push_back(r);
  }
  return out;
}

// Calls `f` with each part of `range` that lies in `holes` (normalized),
// ascending.
template <class Space, class F>
void EachIn(Range<Space> range, const std::vector<Range<Space>>& holes, F f) {
  auto at = std::partition_point(
      holes.begin(), holes.end(),
      [&](Range<Space> hole) { return hole.end <= range.begin; });
  for (; at != holes.end() && at->begin < range.end; ++at)
    f(Intersect(range, *at));
}

// The same for the parts that lie outside of them.
template <class Space, class F>
void EachOutside(Range<Space> range, const std::vector<Range<Space>>& holes,
                 F f) {
  uint64_t at = range.begin;
  EachIn(range, holes, [&](Range<Space> hole) {
    if (hole.begin > at) f(Range<Space>{at, hole.begin});
    at = hole.end;
  });
  if (at < range.end) f(Range<Space>{at, range.end});
}

// The parts of `range` that lie in `holes` (normalized).
template <class Space>
std::vector<Range<Space>> IntersectAll(Range<Space> range,
                                       const std::vector<Range<Space>>& holes) {
  std::vector<Range<Space>> out;
  EachIn(range, holes, [&](Range<Space> part) { out.push_back(part); });
  return out;
}

// The parts of `range` that lie outside `holes` (normalized).
template <class Space>
std::vector<Range<Space>> Subtract(Range<Space> range,
                                   const std::vector<Range<Space>>& holes) {
  std::vector<Range<Space>> out;
  EachOutside(range, holes, [&](Range<Space> part) { out.push_back(part); });
  return out;
}

// The parts of `ranges` that lie outside `holes`; both normalized.
template <class Space>
std::vector<Range<Space>> SubtractAll(const std::vector<Range<Space>>& ranges,
                                      const std::vector<Range<Space>>& holes) {
  std::vector<Range<Space>> out;
  for (Range<Space> range : ranges)
    for (Range<Space> part : Subtract(range, holes)) out.push_back(part);
  return out;
}

// The sum of the lengths.
template <class Space>
uint64_t TotalLength(const std::vector<Range<Space>>& ranges) {
  uint64_t sum = 0;
  for (Range<Space> r : ranges) sum += r.length();
  return sum;
}

inline DeviceRange ToBytes(SectorRange sectors) {
  return {sectors.begin * kSectorBytes, sectors.end * kSectorBytes};
}

inline SectorRange CoveringSectors(DeviceRange bytes) {
  DeviceRange whole = AlignOut(bytes, kSectorBytes);
  return {whole.begin / kSectorBytes, whole.end / kSectorBytes};
}

}  // namespace daxmend

#endif  // DAXMEND_CORE_RANGE_H_
