// SPDX-License-Identifier: GPL-2.0-only
//
// What an I/O touches beside executing instructions: the counts that the
// profiler keeps of each (daxmend profile --footprint), and the caches that it
// models.
//
// Lines have 64 bytes. Values; thread-safe.

#ifndef DAXMEND_CORE_FOOTPRINT_H_
#define DAXMEND_CORE_FOOTPRINT_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace daxmend {

inline constexpr unsigned kLineBits = 6;

// Of caches, in bytes: powers of two. The first level has one for code and one
// for data, of 8 ways each; the second is for both, of 16 ways.
struct CacheSizes {
  static constexpr unsigned kWays1 = 8, kWays2 = 16;
  uint64_t l1 = uint64_t{32} << 10;
  uint64_t l2 = uint64_t{1} << 20;
  bool operator==(const CacheSizes&) const = default;
};

enum class FootprintCount : uint8_t {
  kLoads,
  kStores,
  kBranches,   // taken: jumps, calls and returns that led elsewhere
  kCodeLines,  // distinct lines
  kDataLines,
  kL1Code,  // misses of the modelled caches
  kL1Data,
  kL2
};
inline constexpr size_t kFootprintCounts = 8;
// Of one I/O, by FootprintCount.
using FootprintSample = std::array<uint64_t, kFootprintCounts>;

struct FootprintKind {
  const char* key;    // in JSON
  const char* label;  // for people
};
inline constexpr FootprintKind kFootprintKinds[kFootprintCounts] = {
    {"loads", "loads"},
    {"stores", "stores"},
    {"branches_taken", "branches taken"},
    {"code_lines", "lines of code"},
    {"data_lines", "lines of data"},
    {"l1_code_misses", "L1 misses for code"},
    {"l1_data_misses", "L1 misses for data"},
    {"l2_misses", "L2 misses"}};

}  // namespace daxmend

#endif  // DAXMEND_CORE_FOOTPRINT_H_
