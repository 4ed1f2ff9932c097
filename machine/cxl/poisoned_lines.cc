// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/poisoned_lines.h"

namespace daxmend {

std::vector<MediaErrorRecord> PoisonedLines::Records(uint64_t begin,
                                                     uint64_t end) const {
  std::vector<MediaErrorRecord> records;
  uint64_t next = 0;
  for (auto at = lines_.lower_bound(begin);
       at != lines_.end() && at->first < end; ++at) {
    if (!records.empty() && at->first == next &&
        records.back().source == at->second)
      ++records.back().lines;
    else
      records.push_back({.address = at->first * kCxlLineBytes,
                         .lines = 1,
                         .source = at->second});
    next = at->first + 1;
  }
  return records;
}

}  // namespace daxmend
