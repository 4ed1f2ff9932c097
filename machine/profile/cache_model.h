// SPDX-License-Identifier: GPL-2.0-only
//
// A small model of a processor's caches: two of a first level, for code and for
// data, and one of a second for both, of 64-byte lines that the least recently
// used one of a set makes room for. No prefetching, no speculation, nobody else
// on the machine: what it says is the same in every run, and is said to be a
// model's.
//
// Lines are counted by virtual address, and are written back for nothing.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_PROFILE_CACHE_MODEL_H_
#define DAXMEND_MACHINE_PROFILE_CACHE_MODEL_H_

#include <cstdint>
#include <vector>

#include "core/footprint.h"

namespace daxmend {

class Cache {
 public:
  // `bytes`: a power of two, a line for each of the `ways` at least.
  Cache(uint64_t bytes, unsigned ways);
  // The line is accessed, and was not in the cache.
  bool Misses(uint64_t line);

 private:
  const unsigned ways_;
  const uint64_t sets_;
  std::vector<uint64_t> lines_;  // of each set, the last used first; 0: none
};

class CacheModel {
 public:
  struct Missed {
    bool l1 = false, l2 = false;
  };
  explicit CacheModel(CacheSizes sizes);
  Missed Code(uint64_t line) { return In(&code_, line); }
  Missed Data(uint64_t line) { return In(&data_, line); }

 private:
  Missed In(Cache* l1, uint64_t line);
  Cache code_, data_, both_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_CACHE_MODEL_H_
