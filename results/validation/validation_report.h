// SPDX-License-Identifier: GPL-2.0-only
//
// What `daxmend validate` found, told to people (text, HTML) and to CI servers
// (JUnit XML). What failed comes first, with its evidence; then a summary by
// area, what was skipped and why, and where it all took place.
//
// Pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_VALIDATION_VALIDATION_REPORT_H_
#define DAXMEND_RESULTS_VALIDATION_VALIDATION_REPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "records/validation_record.h"

namespace daxmend {

// How many checks of one area ended how.
struct AreaSummary {
  std::string area;
  size_t pass = 0, fail = 0, warn = 0, skip = 0;
};
// In the order of the checks.
std::vector<AreaSummary> SummaryByArea(const ValidationRecord& record);

// "firmware of ndbus0 (ACPI.NFIT)", or a CXL memory device and how it was
// asked.
std::string ValidatedDevice(const ValidationRecord& record);
// Why checks were skipped, and how many each, the most frequent first.
std::vector<std::pair<std::string, size_t>> SkipReasons(
    const ValidationRecord& record);

// "FAIL: 2 of 131 checks failed, 0 warned, 9 were skipped, 120 passed"
std::string ValidationVerdict(const ValidationRecord& record);

// The table of latencies is at most `columns` wide.
std::string ValidationAsText(const ValidationRecord& record,
                             size_t columns = 80);
std::string ValidationAsHtml(const ValidationRecord& record);
std::string ValidationAsJunit(const ValidationRecord& record);

// What is checked, as a table for a terminal and as Markdown.
std::string ChecksAsText(const std::vector<CheckDescription>& checks);
std::string ChecksAsMarkdown(const std::vector<CheckDescription>& checks);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_VALIDATION_VALIDATION_REPORT_H_
