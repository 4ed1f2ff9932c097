// SPDX-License-Identifier: GPL-2.0-only
//
// The table of a run for other programs and pages: JSON, CSV and Markdown.
// Latencies are exact, in nanoseconds of the run's clock (instructions under a
// virtual clock), except in Markdown, which is for people.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_TABLE_FORMATS_H_
#define DAXMEND_RESULTS_REPORT_TABLE_FORMATS_H_

#include <string>

#include "results/run/run_directory.h"

namespace daxmend {

// {schema, clock, unit, headline, remarks[], clean, verdict, environment{},
//  rows[{job, rw, access, recovery, path, count, min, p50, mean, p99, p999,
//  max, reference, ratio}], counters{}, poison{}}; reference and ratio are null
// when there is nothing to compare with.
std::string TableAsJson(const Run& run);
// A heading line, then one line a row, as RFC 4180 has it.
std::string TableAsCsv(const Run& run);
// Headline, verdict and table, for a comment on a pull request.
std::string TableAsMarkdown(const Run& run);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_TABLE_FORMATS_H_
