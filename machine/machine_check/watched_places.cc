// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/watched_places.h"

#include <algorithm>

namespace daxmend {

void SetReads(ExpectedStops& expected, const std::set<VirtualRange>& watched) {
  expected.reads = 0;
  for (VirtualRange range :
       Normalize(std::vector<VirtualRange>(watched.begin(), watched.end())))
    expected.read[expected.reads++] = {range.begin, range.end};
}

void WatchedPlaces::Mapped(uint64_t at, uint64_t address, uint64_t bytes) {
  for (uint64_t offset = 0; offset < bytes; offset += kPageBytes) {
    std::vector<uint64_t>& places = pages_[(address + offset) / kPageBytes];
    if (std::ranges::find(places, at + offset) == places.end())
      places.push_back(at + offset);
  }
}

std::set<VirtualRange> WatchedPlaces::For(
    const std::vector<SpaRange>& poisoned) const {
  std::set<VirtualRange> watched;
  for (const SpaRange& range : poisoned)
    for (uint64_t begin = range.begin; begin < range.end;) {
      const uint64_t page = begin / kPageBytes;
      const uint64_t end = std::min(range.end, (page + 1) * kPageBytes);
      watched.insert(VirtualRange{direct_ + begin, direct_ + end});
      if (const auto found = pages_.find(page); found != pages_.end())
        for (uint64_t at : found->second)
          watched.insert(VirtualRange{at + begin % kPageBytes,
                                      at + (end - 1) % kPageBytes + 1});
      begin = end;
    }
  return watched;
}

}  // namespace daxmend
