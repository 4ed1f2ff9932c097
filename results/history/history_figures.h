// SPDX-License-Identifier: GPL-2.0-only
//
// The history as plots: how the numbers of a run's jobs went over the runs
// before it.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_HISTORY_HISTORY_FIGURES_H_
#define DAXMEND_RESULTS_HISTORY_HISTORY_FIGURES_H_

#include <string>
#include <vector>

#include "records/run_record.h"
#include "results/history/history.h"
#include "results/page/figure.h"

namespace daxmend {

// One figure a series, its changes marked; the latest `kTrendPoints` points of
// each.
inline constexpr size_t kTrendPoints = 500;
std::vector<Figure> HistoryFigures(const std::vector<HistorySeries>& series);

// The figures of what a run's jobs are about (the fast path and the recovery
// path) over the runs in the history `database` of the same environment. Throws
// Error naming `database`.
std::vector<Figure> TrendsOf(const RunRecord& run, const std::string& database);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HISTORY_HISTORY_FIGURES_H_
