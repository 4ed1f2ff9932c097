// SPDX-License-Identifier: GPL-2.0-only
//
// The poison list of an emulated CXL memory device: 64-byte lines, any number
// of them, and who says that each is bad (CXL 3.1, Get Poison List).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_POISONED_LINES_H_
#define DAXMEND_MACHINE_CXL_POISONED_LINES_H_

#include <cstdint>
#include <map>
#include <vector>

namespace daxmend {

inline constexpr uint64_t kCxlLineBytes = 64;

// As the media error record has it in its lowest bits.
enum class PoisonSource : uint8_t {
  kUnknown = 0,
  kExternal = 1,
  kInternal = 2,
  kInjected = 3,
  kVendor = 7
};

// Lines that touch and have one source.
struct MediaErrorRecord {
  uint64_t address = 0;  // DPA in bytes
  uint64_t lines = 0;
  PoisonSource source = PoisonSource::kInjected;
  bool operator==(const MediaErrorRecord&) const = default;
};

class PoisonedLines {
 public:
  uint64_t count() const { return lines_.size(); }
  bool Has(uint64_t line) const { return lines_.contains(line); }
  // What is bad already keeps its source.
  void Add(uint64_t line, PoisonSource source) { lines_.emplace(line, source); }
  // Whether it was bad.
  bool Remove(uint64_t line) { return lines_.erase(line) != 0; }

  // The records that lie in the lines [begin, end), ascending.
  std::vector<MediaErrorRecord> Records(uint64_t begin, uint64_t end) const;

 private:
  std::map<uint64_t, PoisonSource> lines_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_POISONED_LINES_H_
