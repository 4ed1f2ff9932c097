// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/page_tables.h"

#include <cstring>

#include "machine/error_table.h"

namespace daxmend {

std::optional<uint64_t> GuestRam::Word(uint64_t physical) const {
  uint64_t at = physical;
  if (physical >= low) {
    if (physical < kFourGiB) return {};
    at = physical - kFourGiB + low;
  }
  uint64_t word = 0;
  if (bytes.size() < sizeof word || at > bytes.size() - sizeof word) return {};
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

std::optional<uint64_t> PhysicalAddressOf(const GuestRam& ram, uint64_t root,
                                          uint64_t address) {
  constexpr uint64_t kAddress = 0x000ffffffffff000;  // of an entry
  constexpr uint64_t kPresent = 1, kLarge = 1 << 7;
  uint64_t table = root & kAddress;
  for (unsigned shift : {39u, 30u, 21u, 12u}) {
    const std::optional<uint64_t> entry =
        ram.Word(table + (address >> shift & 511) * 8);
    if (!entry || (*entry & kPresent) == 0) return {};
    const uint64_t inside = (uint64_t{1} << shift) - 1;
    if (shift == 12 || (shift != 39 && (*entry & kLarge) != 0))
      return (*entry & kAddress & ~inside) | (address & inside);
    table = *entry & kAddress;
  }
  return {};
}

}  // namespace daxmend
