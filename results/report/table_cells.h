// SPDX-License-Identifier: GPL-2.0-only
//
// Text as a cell of a table in CSV or Markdown.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_TABLE_CELLS_H_
#define DAXMEND_RESULTS_REPORT_TABLE_CELLS_H_

#include <string>

#include "core/latency_histogram.h"

namespace daxmend {

// A field of RFC 4180. What a spreadsheet would take for a formula begins with
// an apostrophe; control characters but newline and tab
// are written out (see printable.h).
std::string CsvField(const std::string& text);
// Nothing in it is Markdown, HTML or a link any more, and no character drives a
// terminal.
std::string MarkdownCell(const std::string& text);
// A percentile, or nothing where so few latencies cannot tell it.
std::string PercentileCsv(const LatencyHistogram& latency, double percent);
// The shortest decimal that gives the same double back.
std::string ExactNumber(double number);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_TABLE_CELLS_H_
