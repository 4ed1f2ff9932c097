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

// Where `address` is physically, by the tables that begin at `root` (CR3's
// value); nothing where it is not mapped, or `memory` (from physical address 0
// on) does not have a table.
std::optional<uint64_t> PhysicalAddressOf(std::span<const std::byte> memory,
                                          uint64_t root, uint64_t address);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_PAGE_TABLES_H_
