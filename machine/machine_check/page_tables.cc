// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/page_tables.h"

#include <cstring>

namespace daxmend {

std::optional<uint64_t> PhysicalAddressOf(std::span<const std::byte> memory,
                                          uint64_t root, uint64_t address) {
  constexpr uint64_t kAddress = 0x000ffffffffff000;  // of an entry
  constexpr uint64_t kPresent = 1, kLarge = 1 << 7;
  uint64_t table = root & kAddress;
  for (unsigned shift : {39u, 30u, 21u, 12u}) {
    const uint64_t at = table + (address >> shift & 511) * 8;
    if (at > memory.size() - 8) return {};
    uint64_t entry = 0;
    std::memcpy(&entry, memory.data() + at, sizeof entry);
    if ((entry & kPresent) == 0) return {};
    const uint64_t inside = (uint64_t{1} << shift) - 1;
    if (shift == 12 || (shift != 39 && (entry & kLarge) != 0))
      return (entry & kAddress & ~inside) | (address & inside);
    table = entry & kAddress;
  }
  return {};
}

}  // namespace daxmend
