// SPDX-License-Identifier: GPL-2.0-only
//
// What the kernel has counted of uncorrected memory errors since it booted.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_MACHINE_ERRORS_H_
#define DAXMEND_SYSTEM_MACHINE_ERRORS_H_

#include <cstdint>
#include <string_view>

namespace daxmend {

struct MachineErrors {
  uint64_t checks = 0;  // machine checks of all processors (/proc/interrupts)
  uint64_t pages = 0;   // taken away (/proc/meminfo, HardwareCorrupted)
  bool operator==(const MachineErrors&) const = default;
};

// From the texts of those files; what is not in them is 0.
MachineErrors ParseMachineErrors(std::string_view interrupts,
                                 std::string_view meminfo);

// Of this machine; zeros where the files cannot be read.
MachineErrors ReadMachineErrors();

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_MACHINE_ERRORS_H_
