// SPDX-License-Identifier: GPL-2.0-only
//
// The gate of the virtual clock: two runs whose fingerprints agree, number by
// number. Exact unless the policy says otherwise: under this clock two boots
// agree to the instruction, so every difference is a difference of the code.
//
// A pure function; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_COMPARE_H_
#define DAXMEND_RESULTS_GATE_GATE_COMPARE_H_

#include <optional>
#include <vector>

#include "results/gate/gate_policy.h"

namespace daxmend {

enum class Verdict {
  kSame,
  kWithin,       // changed, within the tolerance
  kBetter,       // beyond it, the good way
  kWorse,        // beyond it, the bad way
  kChanged,      // beyond it, neither good nor bad: other work was done
  kVanished,     // only in the baseline
  kAppeared,     // only in the new run
  kIgnored,      // by the policy, or too few samples: shown, never judged
  kInconclusive  // wall clock only: the noise hides what was asked
};
// Does it make a gate say no?
bool Fails(Verdict verdict);

struct Change {
  MetricKey key;
  std::optional<Measure> base, next;  // at least one of them
  Tolerance tolerance;
  Verdict verdict = Verdict::kSame;

  const std::string& unit() const { return base ? base->unit : next->unit; }
  // New less baseline; 0 unless both are there.
  double difference() const;
  // Of the baseline; infinite when that is 0.
  double percent() const;
  // The weaker of both; of one, when there is one.
  Support support() const;
};

// The profiles of both runs; none where one of them has none.
struct ProfilePair {
  const ProfileRecord* base = nullptr;
  const ProfileRecord* next = nullptr;

  bool both() const { return base && next; }
};

// One entry for each key of either run, in the order of the baseline, then what
// only the new run has.
std::vector<Change> Compare(const RunRecord& base, const RunRecord& next,
                            const Policy& policy, ProfilePair profiles = {});

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_COMPARE_H_
