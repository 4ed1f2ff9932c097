// SPDX-License-Identifier: GPL-2.0-only
//
// The parts of the report page that are tables and text. Each is a <section>,
// or nothing when the run has nothing to say in it.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PAGE_HTML_SECTIONS_H_
#define DAXMEND_RESULTS_PAGE_HTML_SECTIONS_H_

#include <string>

#include "results/report/findings.h"
#include "results/run/run_directory.h"

namespace daxmend {

// The figures that answer the question, large.
std::string FactsSection(const Run& run, const Findings& findings,
                         const LatencyFormat& format);
std::string EnvironmentSection(const Run& run);
// One row a job and path.
std::string PathSection(const Run& run, const LatencyFormat& format);
// What recoveries spend their time on: detect, salvage, repair.
std::string PartsSection(const Run& run, const LatencyFormat& format);
// What was saved, what came from the backup, what was lost; what was injected.
std::string PoisonSection(const Run& run);
// What the numbers mean, and the jobs that gave them.
std::string MethodSection(const Run& run, const LatencyFormat& format);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_HTML_SECTIONS_H_
