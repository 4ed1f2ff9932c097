// SPDX-License-Identifier: GPL-2.0-only
//
// The strategies of a run side by side, when it has several: what a recovery
// takes by each of them, for I/O of the same kind, and what it leaves behind. A
// strategy is an access and a recovery= value.
//
// Nothing in runs with fewer than two strategies. Rows point into the record,
// which must outlive them. Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_STRATEGY_COMPARISON_H_
#define DAXMEND_RESULTS_REPORT_STRATEGY_COMPARISON_H_

#include <string>
#include <vector>

#include "results/page/figure.h"
#include "results/report/path_table.h"

namespace daxmend {

// One row a job that recovered; what does the same kind of I/O (rw=, bytes per
// I/O) stands together.
std::vector<PathRow> StrategyRows(const RunRecord& record);

// For each direction in which there are several strategies, the recoveries'
// latency (logarithmic) for each size of I/O and strategy: a point at the
// median, a line from the shortest to the longest.
std::vector<Figure> StrategyFigures(const RunRecord& record,
                                    const LatencyFormat& format);

// The rows as HTML section and as Markdown table.
std::string StrategySection(const RunRecord& record,
                            const LatencyFormat& format);
std::string StrategiesAsMarkdown(const RunRecord& record,
                                 const LatencyFormat& format);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_STRATEGY_COMPARISON_H_
