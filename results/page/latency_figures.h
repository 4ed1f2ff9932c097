// SPDX-License-Identifier: GPL-2.0-only
//
// How the latencies of a run are distributed: for each direction the reference
// fast path, and the fast path and the recoveries of the jobs that met poison.
// In a run without poison: the fast path of every job.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PAGE_LATENCY_FIGURES_H_
#define DAXMEND_RESULTS_PAGE_LATENCY_FIGURES_H_

#include <string>
#include <vector>

#include "records/run_record.h"
#include "results/page/figure.h"

namespace daxmend {

struct LatencySeries {
  std::string label;
  Role role;
  const LatencyHistogram* latency;  // of at least one I/O
};

// The latency over the percentile, logarithmic in both. `series` are not empty.
Figure PercentilesFigure(const std::string& id, const std::string& title,
                         const std::vector<LatencySeries>& series,
                         const LatencyFormat& format);

// For each direction the share of I/Os over the latency (logarithmic, eight
// bars an octave) and the latency over the percentile (logarithmic in both);
// for each size of I/O, too, when there are more series than colours.
std::vector<Figure> LatencyFigures(const RunRecord& record,
                                   const LatencyFormat& format);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_LATENCY_FIGURES_H_
