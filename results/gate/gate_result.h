// SPDX-License-Identifier: GPL-2.0-only
//
// What a gate found, of either clock, as data: a verdict for each number and
// what it rests on. gate_formats.h has the words.
//
// Values and pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_RESULT_H_
#define DAXMEND_RESULTS_GATE_GATE_RESULT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "results/bench/paired_statistics.h"
#include "results/gate/gate_compare.h"
#include "results/profile/profile_text.h"

namespace daxmend {

// Of the wall clock: failures, of all runs of a side together.
struct FailureCounts {
  double base = 0, next = 0;
};

// Of the wall clock: pairs of runs, B the new setting.
struct PairedComparison {
  PairedEstimate estimate;
  double confidence = 0;
  double threshold = 0;  // 0.05 for 5 %; 0 of what is not gated
};

// Of the wall clock: samples that allow no comparison.
enum class NoComparison { kNoSample, kNotInBase, kNotInNext, kMissingOrZero };

using Evidence =
    std::variant<Change, FailureCounts, PairedComparison, NoComparison>;

struct GateRow {
  MetricKey key;
  Verdict verdict = Verdict::kSame;
  std::string unit;
  std::optional<double> base, next;  // of paired samples: their medians
  Evidence evidence;
  // Of work that is not the same: what it changed in, the most first.
  std::vector<FunctionChange> functions;
};

struct GateResult {
  std::string base, next;  // what was compared
  Clock clock = Clock::kWall;
  std::vector<GateRow> rows;  // none when refused
  std::string refusal;        // why they cannot be compared, one line, or empty

  size_t Count(Verdict verdict) const;
  // 0 yes, 1 no, 2 the runs cannot be compared or the samples are inconclusive.
  // A certain no outweighs an inconclusive number.
  int Status() const;
};

// Refuses, or compares. `base_name` and `next_name` are what they are called.
// With `profiles` of both, the work is judged, and what it changed in is named.
// Throws Error for a policy with a rule that fits nothing.
GateResult JudgeRuns(const RunRecord& base, const std::string& base_name,
                     const RunRecord& next, const std::string& next_name,
                     const Policy& policy, const std::string& policy_name,
                     ProfilePair profiles = {});

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_RESULT_H_
