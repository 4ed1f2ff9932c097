// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/tick_clock.h"

#include <unistd.h>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

constexpr uint64_t kCalibrationNs = 10'000'000;

}  // namespace

bool TickClock::KernelKeepsTimeByCycles() {
#if defined(__x86_64__)
  try {
    return ReadFile(
               "/sys/devices/system/clocksource/clocksource0/"
               "current_clocksource") == "tsc\n";
  } catch (const Error&) {
    return false;
  }
#else
  return false;
#endif
}

TickClock::TickClock(bool cycles, Nanoseconds reference, bool cycle_is_ns)
    : cycles_(cycles),
      cycle_is_ns_(cycle_is_ns),
      reference_(reference),
      made_(Read()) {}

TickClock::Reading TickClock::Read() const {
  // Of a few tries the one that was interrupted least.
  Reading best{};
  uint64_t shortest = UINT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const uint64_t before = Cycles();
    const uint64_t ns = reference_();
    const uint64_t after = Cycles();
    if (after - before >= shortest) continue;
    shortest = after - before;
    best = {before + shortest / 2, ns};
  }
  return best;
}

void TickClock::Calibrate() {
  if (!cycles_ || cycle_is_ns_) return;
  std::call_once(calibrated_, [this] {
    Reading now = Read();
    while (now.ns - made_.ns < kCalibrationNs) {
      usleep(1000);
      now = Read();
    }
    scale_ = static_cast<uint64_t>((Wide{now.ns - made_.ns} << 32) /
                                   (now.cycles - made_.cycles));
  });
}

}  // namespace daxmend
