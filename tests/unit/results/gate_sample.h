// SPDX-License-Identifier: GPL-2.0-only
//
// A run of the virtual clock that gates are tried on.

#ifndef DAXMEND_TESTS_UNIT_RESULTS_GATE_SAMPLE_H_
#define DAXMEND_TESTS_UNIT_RESULTS_GATE_SAMPLE_H_

#include <string>

#include "results/gate/gate_result.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {

inline const RunRecord& Base() {
  static const RunRecord record = SampleRecord(Clock::kVirtual);
  return record;
}

inline GateResult Judge(const RunRecord& next, const std::string& rules = "") {
  return JudgeRuns(
      Base(), "base", next, "new",
      PolicyFromJson("{\"schema\":1,\"rules\":[" + rules + "]}", "p.json"),
      "p.json");
}

// fast-read with one more instruction in one of its I/Os.
inline RunRecord OneInstructionMore() {
  RunRecord next = Base();
  LatencyHistogram& h = next.jobs[1].path(Path::kFast);
  h = LatencyHistogram::FromBins(h.Bins(), h.min(), h.max(), h.sum() + 1);
  return next;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RESULTS_GATE_SAMPLE_H_
