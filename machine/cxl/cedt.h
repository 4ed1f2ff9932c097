// SPDX-License-Identifier: GPL-2.0-only
//
// The firmware table that describes the emulated CXL memory (CEDT,
// CXL 3.1 9.18): one host bridge, and one window of physical addresses behind
// it. It takes the place of QEMU's own, whose window is for devices of QEMU:
// the window here is the guest's RAM, which the guest does not use otherwise.
// The kernel takes tables from the initial file system
// (Documentation/admin-guide/acpi/ initrd_table_override.rst) when their
// revision is newer.
//
// Pure; thread-safe. Addresses and sizes are bytes.

#ifndef DAXMEND_MACHINE_CXL_CEDT_H_
#define DAXMEND_MACHINE_CXL_CEDT_H_

#include <cstdint>
#include <string>

namespace daxmend {

struct CxlWindow {
  // QEMU's host bridge: its number, and where it puts the bridge's registers.
  uint32_t bridge = 12;
  uint64_t bridge_registers = 0;
  // The window.
  uint64_t base = 0;
  uint64_t bytes = 0;
};

std::string CedtTable(const CxlWindow& window);

// What goes in front of every other archive: the table, where the kernel looks
// for it, not compressed.
std::string CedtArchive(const CxlWindow& window);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_CEDT_H_
