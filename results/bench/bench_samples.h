// SPDX-License-Identifier: GPL-2.0-only
//
// samples.json: what `daxmend bench` measured of two settings, A and B, in
// pairs that ran side by side.
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_BENCH_BENCH_SAMPLES_H_
#define DAXMEND_RESULTS_BENCH_BENCH_SAMPLES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/gate/gate_policy.h"
#include "results/gate/gate_result.h"

namespace daxmend {

struct BenchSeries {
  MetricKey key;
  Sense sense = Sense::kLower;
  std::string unit;
  // One value a pair; none where that run had no such number.
  std::vector<std::optional<double>> a, b;
};

struct BenchSamples {
  std::string a, b;  // what was run, in words
  std::string environment;
  // Of the whole bench; only in wall-clock guests.
  std::optional<ClockCheck> clock_check = {};
  std::vector<BenchSeries> series;
};

std::string ToJson(const BenchSamples& samples);
// Throws Error naming `source` and the key at fault.
BenchSamples BenchSamplesFromJson(std::string_view text,
                                  const std::string& source);

// The gate of the wall clock. Refuses samples whose clock ran at a wrong
// rate or could not be checked (system/clock_check.h); gate_policy.h says what
// is judged by default. Each gated number gets an interval of such a confidence
// that all of them together are right with 99 % (Bonferroni). With t the
// threshold:
//
//   worse       the interval lies beyond +t whole, or it is narrower than t and
//               excludes "no change" while the estimate is beyond +t
//   better      the same on the other side
//   same        the interval lies within [-t, t]
//   inconclusive
//               anything else: too few pairs, or noise above the threshold
GateResult JudgeSamples(const BenchSamples& samples, const Policy& policy,
                        const std::string& policy_name);

// The rule above for one number. `threshold` is 0.05 for 5 %.
struct PairedEstimate;
Verdict JudgeEstimate(const PairedEstimate& estimate, Sense sense,
                      double threshold);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_BENCH_BENCH_SAMPLES_H_
