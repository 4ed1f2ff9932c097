// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/cache_model.h"

#include <algorithm>

namespace daxmend {

Cache::Cache(uint64_t bytes, unsigned ways)
    : ways_(ways),
      sets_(std::max<uint64_t>(1, (bytes >> kLineBits) / ways)),
      lines_(sets_ * ways) {}

bool Cache::Misses(uint64_t line) {
  const auto first = lines_.begin() + static_cast<long>((line % sets_) * ways_);
  const auto last = first + ways_;
  // Line 0 is nobody's: nothing is mapped at address 0.
  auto at = std::find(first, last, line);
  const bool missed = at == last;
  if (missed) --at;
  std::move_backward(first, at, at + 1);
  *first = line;
  return missed;
}

CacheModel::CacheModel(CacheSizes sizes)
    : code_(sizes.l1, CacheSizes::kWays1),
      data_(sizes.l1, CacheSizes::kWays1),
      both_(sizes.l2, CacheSizes::kWays2) {}

CacheModel::Missed CacheModel::In(Cache* l1, uint64_t line) {
  Missed missed;
  missed.l1 = l1->Misses(line);
  if (missed.l1) missed.l2 = both_.Misses(line);
  return missed;
}

}  // namespace daxmend
