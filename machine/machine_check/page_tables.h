// SPDX-License-Identifier: GPL-2.0-only
//
// The guest's page tables, walked in its memory while it stands still (Intel
// SDM vol. 3, 4.5: four levels, which a kernel without LA57 has).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_PAGE_TABLES_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_PAGE_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace daxmend {

// The guest's RAM, a file as QEMU maps it: what is behind `low` bytes begins at
// 4 GiB (hw/i386/pc.c, pc_memory_init, 7.2).
struct GuestRam {
  std::span<const std::byte> bytes;
  uint64_t low = UINT64_MAX;

  // What is at a physical address; nothing where there is no RAM.
  std::optional<uint64_t> Word(uint64_t physical) const;
};

// Where `address` is physically, by the tables that begin at `root` (CR3's
// value); nothing where it is not mapped, or a table is not in `ram`.
std::optional<uint64_t> PhysicalAddressOf(const GuestRam& ram, uint64_t root,
                                          uint64_t address);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_PAGE_TABLES_H_
