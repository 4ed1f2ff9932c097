// SPDX-License-Identifier: GPL-2.0-only
//
// What the guest tells the host that raises its machine checks: that COMMAND
// begins or ends, and where its kernel has what the host has to know of. It
// stores an Announcement at an address that is the same in every guest, `what`
// last; the host's debugger stops the guest behind that store, so that nothing
// depends on how fast the host is.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCEMENT_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCEMENT_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace daxmend {

// A virtual address where no program has anything.
inline constexpr uint64_t kAnnouncementAddress = 0x5ead00000000;

enum class AnnouncementKind : uint64_t { kBegin = 1, kEnd = 2 };

// Why this guest can have no machine checks.
enum class AnnouncedProblem : uint64_t {
  kNone,
  kNoMachineChecks,  // its processor has none (CPUID MCE, MCA)
  kNotIntel,         // whose severities are others
  kNoErms,           // the kernel copies by what survives no machine check
  kKernel,           // has no machine checks (CONFIG_X86_MCE)
  kMappings,         // the kernel has more of them than can be announced
};

// Symbols of the kernel that the host needs (Linux 6.1 to 7.3): the functions
// where a page of DAX is about to become mapped, and where a method of the
// firmware has ended; the variable that says where all memory is mapped.
enum class AnnouncedSymbol : size_t {
  kDaxIomapFault,
  kAcpiExExitInterpreter,
  kPageOffsetBase,
  kCount,
};
inline constexpr std::array<const char*,
                            static_cast<size_t>(AnnouncedSymbol::kCount)>
    kAnnouncedSymbols = {"dax_iomap_fault", "acpi_ex_exit_interpreter",
                         "page_offset_base"};

// Where the kernel has mapped memory besides: that of a namespace without page
// structures (raw mode) is not in the mapping of all memory.
struct AnnouncedMapping {
  uint64_t at;       // virtual
  uint64_t bytes;    // 0: there is none
  uint64_t address;  // physical
};

struct Announcement {
  AnnouncementKind what;
  AnnouncedProblem problem;
  // In the order of kAnnouncedSymbols; 0: /proc/kallsyms does not have it.
  std::array<uint64_t, kAnnouncedSymbols.size()> symbols;
  std::array<AnnouncedMapping, 16> mappings;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCEMENT_H_
