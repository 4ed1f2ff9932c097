// SPDX-License-Identifier: GPL-2.0-only

#include "system/clock_check.h"

#include <algorithm>
#include <cstdio>

namespace daxmend {
namespace {

// As far as a kernel that was told the rate lets a later measurement differ
// (tsc_refine_calibration_work, tsc.c of Linux 6.1).
constexpr double kTolerance = 0.01;

double Difference(uint64_t later, uint64_t earlier) {
  return static_cast<double>(static_cast<int64_t>(later - earlier));
}

double Seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string RateText(const ClockCheck& check) {
  char text[160];
  std::snprintf(text, sizeof text,
                "ran at %.5f times the host's rate (%.5f to %.5f, over %.3g s)",
                (check.ratio_low + check.ratio_high) / 2, check.ratio_low,
                check.ratio_high, Seconds(check.host_ns));
  return text;
}

}  // namespace

const char* ClockVerdictName(ClockVerdict verdict) {
  switch (verdict) {
    case ClockVerdict::kOk:
      return "ok";
    case ClockVerdict::kWrong:
      return "wrong";
    case ClockVerdict::kUnknown:
      break;
  }
  return "unknown";
}

ClockCheck CompareClocks(const ClockReading& begin, const ClockReading& end) {
  ClockCheck check;
  if (end.host_ns <= begin.host_ns) {
    check.problem = "the host's clock did not advance between the readings";
    return check;
  }
  check.host_ns = end.host_ns - begin.host_ns;
  const auto host = static_cast<double>(check.host_ns);
  check.ratio_low =
      std::max(0.0, Difference(end.before_ns, begin.after_ns) / host);
  check.ratio_high =
      std::max(0.0, Difference(end.after_ns, begin.before_ns) / host);
  if (check.ratio_low >= 1 - kTolerance && check.ratio_high <= 1 + kTolerance) {
    check.verdict = ClockVerdict::kOk;
  } else if (check.ratio_low > 1 + kTolerance ||
             check.ratio_high < 1 - kTolerance) {
    check.verdict = ClockVerdict::kWrong;
  } else {
    char text[160];
    std::snprintf(text, sizeof text,
                  "readings %.3g s apart took %.3g s and %.3g s, too long to "
                  "tell",
                  Seconds(check.host_ns),
                  Seconds(begin.after_ns - begin.before_ns),
                  Seconds(end.after_ns - end.before_ns));
    check.problem = text;
  }
  return check;
}

std::string ClockNote(const std::optional<ClockCheck>& check) {
  if (!check || check->verdict == ClockVerdict::kOk) return "";
  if (check->verdict == ClockVerdict::kWrong)
    return "WRONG: " + RateText(*check);
  return "not checked against the host's: " + check->problem;
}

std::string ClockRefusal(const std::optional<ClockCheck>& check,
                         const std::string& name) {
  if (!check || check->verdict == ClockVerdict::kOk) return "";
  if (check->verdict == ClockVerdict::kWrong)
    return "the times of " + name + " are wrong: the guest's clock " +
           RateText(*check) + ": boot the guest and measure again";
  return "cannot judge the times of " + name + ": the guest's clock was " +
         ClockNote(check) +
         ": measure again, or use 'daxmend vm --clock virtual'";
}

}  // namespace daxmend
