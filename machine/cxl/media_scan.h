// SPDX-License-Identifier: GPL-2.0-only
//
// Scan Media of an emulated CXL memory device: the one background command that
// it has. Time passes by whoever asks how far it is, a quarter each time.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_MEDIA_SCAN_H_
#define DAXMEND_MACHINE_CXL_MEDIA_SCAN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "machine/cxl/poisoned_lines.h"

namespace daxmend {

class MediaScan {
 public:
  void Start(uint16_t opcode, std::vector<MediaErrorRecord> found) {
    opcode_ = opcode;
    percent_ = 0;
    results_ = std::move(found);
  }
  void Stop() {
    percent_ = 100;
    results_.clear();
  }
  bool running() const { return percent_ < 100; }
  bool has_results() const { return !results_.empty(); }

  // The Background Command Status register: opcode, percentage, return code.
  uint64_t Poll() {
    const uint64_t status = opcode_ | uint64_t{percent_} << 16;
    percent_ = std::min(100u, percent_ + 25);
    return status;
  }

  // At most so many, which are then forgotten.
  std::vector<MediaErrorRecord> TakeResults(size_t most) {
    const auto end = results_.begin() + static_cast<std::ptrdiff_t>(
                                            std::min(most, results_.size()));
    std::vector<MediaErrorRecord> taken(results_.begin(), end);
    results_.erase(results_.begin(), end);
    return taken;
  }

 private:
  uint16_t opcode_ = 0;
  unsigned percent_ = 100;
  std::vector<MediaErrorRecord> results_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_MEDIA_SCAN_H_
