// SPDX-License-Identifier: GPL-2.0-only
//
// Did the clock that timed a run advance at the host's rate? A guest whose
// kernel measured its processor's frequency wrongly gets every time wrong by
// the same factor, and nothing else shows it.
//
// Pure functions and values; thread-safe. The host's time is read by
// system/host_clock.h.

#ifndef DAXMEND_SYSTEM_CLOCK_CHECK_H_
#define DAXMEND_SYSTEM_CLOCK_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>

namespace daxmend {

enum class ClockVerdict {
  kOk,       // the rate is the host's, to 1 %
  kWrong,    // it is not
  kUnknown,  // ClockCheck::problem says why
};
const char* ClockVerdictName(ClockVerdict verdict);  // "ok", "wrong", "unknown"

// run.json's environment.clock_check, of wall-clock runs in `daxmend vm`.
struct ClockCheck {
  ClockVerdict verdict = ClockVerdict::kUnknown;
  // The clock's rate divided by the host's is in [ratio_low, ratio_high]: the
  // bounds follow from how long the two readings took. 0 and 0 without two
  // readings.
  double ratio_low = 0;
  double ratio_high = 0;
  uint64_t host_ns = 0;      // between the readings, by the host's clock
  std::string problem = {};  // of kUnknown, else empty
  bool operator==(const ClockCheck&) const = default;
};

// The host's time, and CLOCK_MONOTONIC before and after it was read, in ns.
struct ClockReading {
  uint64_t before_ns = 0;
  uint64_t host_ns = 0;
  uint64_t after_ns = 0;
};

ClockCheck CompareClocks(const ClockReading& begin, const ClockReading& end);

// For people, in half a sentence; empty for ok and for no check.
// "WRONG: ran at 2.58109 times the host's rate (2.58107 to 2.58111, over 2 s)"
// "not checked against the host's: open /dev/hpet: No such file or directory"
std::string ClockNote(const std::optional<ClockCheck>& check);

// Why times by this clock are not judged, in one line with the way out: it is
// wrong, or could not be compared. Empty for ok and where there is nothing to
// compare with (hardware, the virtual clock). `name` is the run's.
std::string ClockRefusal(const std::optional<ClockCheck>& check,
                         const std::string& name);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_CLOCK_CHECK_H_
