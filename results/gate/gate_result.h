// SPDX-License-Identifier: GPL-2.0-only
//
// What a gate found, of either clock, and how it is told: to people, to
// programs (JSON), to CI servers (JUnit XML) and to GitHub (annotations).
//
// Values and pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_RESULT_H_
#define DAXMEND_RESULTS_GATE_GATE_RESULT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/gate/gate_compare.h"

namespace daxmend {

struct GateRow {
  MetricKey key;
  Verdict verdict = Verdict::kSame;
  std::string unit;
  std::optional<double> base, next;  // of paired samples: their medians
  // What else there is to say in numbers ("ratio", "ratio_low" ...), for JSON.
  std::vector<std::pair<std::string, double>> statistics;
  std::string text;  // all of it in words
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
  // "NO: of 310 numbers 3 worse, 1 better, 306 same", or, when refused, "CANNOT
  // COMPARE: " and why
  std::string Summary() const;
};

// Refuses, or compares. `base_name` and `next_name` are what they are called.
// Throws Error for a policy with a rule that fits nothing.
GateResult JudgeRuns(const RunRecord& base, const std::string& base_name,
                     const RunRecord& next, const std::string& next_name,
                     const Policy& policy, const std::string& policy_name);

// All but what is the same, and the summary.
std::string GateAsText(const GateResult& result);
// {schema, status, summary, base, new, clock, refusal, rows[{job, path, metric,
// unit, base, new, verdict, ...}]}
std::string GateAsJson(const GateResult& result);
// One test case a path.
std::string GateAsJunit(const GateResult& result);
// ::error, ::warning and ::notice lines.
std::string GateAsGithub(const GateResult& result);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_RESULT_H_
