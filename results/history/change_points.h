// SPDX-License-Identifier: GPL-2.0-only
//
// Where in a history of numbers something changed.
//
// Pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_HISTORY_CHANGE_POINTS_H_
#define DAXMEND_RESULTS_HISTORY_CHANGE_POINTS_H_

#include <cstddef>
#include <vector>

namespace daxmend {

struct ChangePoint {
  size_t at;             // the first value after the change
  double before, after;  // medians of the stretches on both sides
  double p;              // 0 for an exact one
};

// Of a noisy clock: Pettitt's test (Applied Statistics 28, 1979: rank-based, so
// nothing is assumed about the noise), applied to the whole, then to both sides
// of each change it finds at p < 0.01 (binary segmentation: Scott & Knott,
// Biometrics 30, 1974). It needs about 15 values to find anything, and finds
// one change of level at a time, not drift.
std::vector<ChangePoint> FindChangePoints(const std::vector<double>& values);

// Of the virtual clock, which has no noise: every value that differs from the
// one before it.
std::vector<ChangePoint> FindExactChanges(const std::vector<double>& values);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HISTORY_CHANGE_POINTS_H_
