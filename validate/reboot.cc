// SPDX-License-Identifier: GPL-2.0-only

#include "validate/reboot.h"

namespace daxmend {

RebootMarks MarksIn(SpaRange test_range) {
  auto page = [&](uint64_t number) {
    return SpaRange::OfLength(test_range.begin + number * kPageBytes,
                              kPageBytes);
  };
  return {.repaired = page(8), .left = page(16)};
}

}  // namespace daxmend
