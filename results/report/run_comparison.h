// SPDX-License-Identifier: GPL-2.0-only
//
// Several runs side by side: a line for each job and path, a column for each
// run, with the ratio of its median to that of the first. For looking; the gate
// judges.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_RUN_COMPARISON_H_
#define DAXMEND_RESULTS_REPORT_RUN_COMPARISON_H_

#include <string>
#include <vector>

#include "results/run/run_directory.h"

namespace daxmend {

// The columns are called A, B, C ...; what differs in the runs' fingerprints is
// said first. `runs` are at least two. Text is at most `columns` wide
// (OutputColumns() of standard_output.h).
std::string ComparisonAsText(const std::vector<Run>& runs, size_t columns = 80);
std::string ComparisonAsMarkdown(const std::vector<Run>& runs);
// job,path,run,directory,clock,count,p50,mean,p99,p99.9,ratio
std::string ComparisonAsCsv(const std::vector<Run>& runs);
// A page of its own, with plots; no script, nothing fetched. Throws Error as
// DrawFigures() does.
std::string ComparisonAsHtml(const std::vector<Run>& runs);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_RUN_COMPARISON_H_
