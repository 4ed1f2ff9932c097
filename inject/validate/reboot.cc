// SPDX-License-Identifier: GPL-2.0-only

#include "inject/validate/reboot.h"

namespace daxmend {

RebootMarks MarksIn(SpaRange test_range) {
  auto page = [&](uint64_t number) {
    return SpaRange::OfLength(test_range.begin + number * kPageBytes,
                              kPageBytes);
  };
  return {.repaired = page(8), .left = page(16)};
}

std::string RepairedBytes(SectorRange sectors) {
  std::string bytes;
  for (uint64_t sector = sectors.begin; sector < sectors.end; ++sector)
    for (uint64_t at = 0; at < kSectorBytes; ++at)
      bytes += static_cast<char>((sector * 131 + at * 7 + 1) & 0xff);
  return bytes;
}

}  // namespace daxmend
