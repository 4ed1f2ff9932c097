// SPDX-License-Identifier: GPL-2.0-only
//
// The few instructions of x86-64 that have to be understood (Intel SDM vol. 2):
// those that go on where they are interrupted, and those that kernel functions
// begin with.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_INSTRUCTIONS_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_INSTRUCTIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "machine/machine_check/gdb_stub.h"
#include "machine/machine_check/load_exchange.h"

namespace daxmend {

// The registers that `place`, executed by itself, moved on, as they were before
// it: those of a string instruction, which goes on where it is interrupted.
// Nothing else that a load writes matters in front of it.
GuestRegisters InFrontOf(const LoadPlace& place, GuestRegisters behind);

// An instruction that sets one general register to a constant or to another
// one's low half, or that does nothing: what can be done for a guest, so that
// it goes on behind a breakpoint.
struct SimpleInstruction {
  uint64_t bytes = 0;
  std::optional<Gpr> to{};    // none: it does nothing
  std::optional<Gpr> from{};  // none: `constant`
  uint32_t constant = 0;
  bool operator==(const SimpleInstruction&) const = default;
};
// The longest that ParseSimple() knows.
inline constexpr size_t kSimpleBytes = 5;
std::optional<SimpleInstruction> ParseSimple(std::string_view code);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_INSTRUCTIONS_H_
