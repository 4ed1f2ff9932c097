// SPDX-License-Identifier: GPL-2.0-only
//
// What the kernel says of CXL poison, line by line, in a tracefs instance
// (drivers/cxl/core/trace.h, Linux 6.4 to 7.3): cxl_poison for what is listed,
// injected and cleared, cxl_general_media and cxl_dram for what a device tells.
//
// Pure; thread-safe.

#ifndef DAXMEND_DEVICE_CXL_POISON_TRACE_H_
#define DAXMEND_DEVICE_CXL_POISON_TRACE_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/range.h"

namespace daxmend {

struct CxlTraceLine {
  enum class Kind {
    kListed,    // the device has it on its list
    kInjected,  // the kernel has injected it
    kCleared,   // the kernel has cleared it
    kEvent,     // the device reports an error in its memory
    kLost,      // lines were dropped here: what is known is not all
  };
  Kind kind = Kind::kLost;
  std::string memdev;       // "mem0"
  std::string region = {};  // "region0"; empty where it is in none
  DpaRange dpa;
  // The physical address of the first byte, as the kernel computes it; none
  // where it is not mapped, or the kernel does not tell (before 6.9).
  std::optional<uint64_t> hpa = {};
  std::string source = {};  // "Injected", "Internal", "External", "Vendor"
  std::string flags = {};   // as the kernel words them, mostly empty
  // Of an event: its name ("cxl_general_media"), the log it was in
  // ("Failure") and what the transaction was ("Host Read").
  std::string event = {};
  std::string log = {};
  std::string transaction = {};
  bool operator==(const CxlTraceLine&) const = default;
};

// None for lines that are about something else.
std::optional<CxlTraceLine> ParseCxlTrace(std::string_view line);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_POISON_TRACE_H_
