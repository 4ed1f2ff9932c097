// SPDX-License-Identifier: GPL-2.0-only
//
// A gate's result in words: for people, for programs (JSON), for CI servers
// (JUnit XML) and for GitHub (annotations).
//
// Pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_FORMATS_H_
#define DAXMEND_RESULTS_GATE_GATE_FORMATS_H_

#include <string>

#include "results/gate/gate_result.h"

namespace daxmend {

// "within tolerance"
const char* VerdictName(Verdict verdict);

// "2,473.608 -> 2,474.608 instructions (+1, +0.0404 %)"
std::string EvidenceText(const GateRow& row);

// "NO: of 310 numbers 3 worse, 1 better, 306 same", or, when refused, "CANNOT
// COMPARE: " and why
std::string SummaryText(const GateResult& result);

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

#endif  // DAXMEND_RESULTS_GATE_GATE_FORMATS_H_
