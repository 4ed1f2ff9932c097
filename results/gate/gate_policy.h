// SPDX-License-Identifier: GPL-2.0-only
//
// How much may change before a gate says no. A file like
//
//   {
//     "schema": 1,
//     "rules": [
//       {"job": "fast-*", "path": "fast", "metric": "mean", "tolerance": 5},
//       {"path": "recovery", "tolerance_percent": 0.5},
//       {"metric": "throughput", "ignore": true}
//     ]
//   }
//
// job, path and metric are patterns as in a shell, "*" when left out;
// gate_metrics.h lists them. `tolerance` is in the metric's own unit
// (instructions per I/O for latencies), `tolerance_percent` a share of the
// baseline; `event` is what one event (a kernel thread that wakes up) may add
// to the sum of a job's I/Os, in instructions or ns, for means, per_io and
// throughput. Any of them is enough. `"clean": true` keeps a rule to jobs of
// the virtual clock that met no poison. Of several rules that fit the last one
// counts. No rule makes a number judged that the samples do not support
// (gate_metrics.h, Support).
//
// Without a rule, a run of the virtual clock must be equal in everything. Of
// paired wall-clock samples p50 and throughput are gated at 5 %, counts of
// failures must not rise, all else is shown only; a rule makes it gated.
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_POLICY_H_
#define DAXMEND_RESULTS_GATE_GATE_POLICY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/gate/gate_metrics.h"

namespace daxmend {

struct Tolerance {
  double absolute = 0;
  double percent = 0;
  bool ignore = false;
  double event = 0;  // of a sum, by its count
  bool operator==(const Tolerance&) const = default;
};

struct PolicyRule {
  std::string job = "*", path = "*", metric = "*";
  bool clean = false;  // only jobs that met no poison
  Tolerance tolerance;
  bool Fits(const MetricKey& key) const;
};

struct Policy {
  std::vector<PolicyRule> rules;

  // What the last rule that fits says; nothing when none does.
  std::optional<Tolerance> For(const MetricKey& key) const;
  // Throws Error naming `source` for a rule that fits none of `keys`: a
  // misspelt path would otherwise go unguarded.
  void RequireUse(const std::vector<MetricKey>& keys,
                  const std::string& source) const;
};

// Throws Error naming `source` and the key at fault; unknown keys are faults.
Policy PolicyFromJson(std::string_view text, const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_POLICY_H_
