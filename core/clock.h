// SPDX-License-Identifier: GPL-2.0-only
//
// The clock that latencies are counted by.
//
// Values; thread-safe.

#ifndef DAXMEND_CORE_CLOCK_H_
#define DAXMEND_CORE_CLOCK_H_

#include <optional>
#include <string_view>

namespace daxmend {

enum class Clock {
  kWall,     // the machine's; of a guest, the host's
  kVirtual,  // the guest's nanoseconds are its instructions: repeatable
};

// As JSON, options and the guest's kernel command line have it.
constexpr std::string_view NameOf(Clock clock) {
  return clock == Clock::kVirtual ? "virtual" : "wall";
}
constexpr std::optional<Clock> ClockNamed(std::string_view name) {
  for (Clock clock : {Clock::kWall, Clock::kVirtual})
    if (NameOf(clock) == name) return clock;
  return std::nullopt;
}

}  // namespace daxmend

#endif  // DAXMEND_CORE_CLOCK_H_
