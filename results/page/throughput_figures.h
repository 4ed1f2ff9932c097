// SPDX-License-Identifier: GPL-2.0-only
//
// What each job moved over its time, when poison arrived and when it was
// recovered.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PAGE_THROUGHPUT_FIGURES_H_
#define DAXMEND_RESULTS_PAGE_THROUGHPUT_FIGURES_H_

#include <vector>

#include "records/injection_record.h"
#include "records/run_record.h"
#include "results/page/figure.h"

namespace daxmend {

// One figure a job that did any I/O. The slot in which a job ended is used only
// in part and would look like a collapse: when there are others it is left out
// of the line (the table has it). Poison that was injected while no job ran is
// shown at the beginning of the next one.
std::vector<Figure> ThroughputFigures(const RunRecord& record,
                                      const InjectionRecord& injected,
                                      const LatencyFormat& format);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_THROUGHPUT_FIGURES_H_
