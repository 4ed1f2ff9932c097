// SPDX-License-Identifier: GPL-2.0-only
//
// How much longer B takes than A, from pairs measured side by side on a noisy
// machine. Nothing is assumed about how the noise is distributed but that
// swapping the two of a pair would not change it:
//
//   ratio   Hodges-Lehmann estimator: exp of the median of the Walsh averages
//           of log(b / a) (Hodges & Lehmann, Ann. Math. Statist. 34, 1963)
//   range   the confidence interval that inverts Wilcoxon's signed-rank test
//   p       Wilcoxon's signed-rank test (Biometrics Bull. 1, 1945), two-sided;
//           exact up to 60 pairs (ties included: the distribution is that of
//           the ranks at hand), by its normal approximation beyond
//
// Pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_BENCH_PAIRED_STATISTICS_H_
#define DAXMEND_RESULTS_BENCH_PAIRED_STATISTICS_H_

#include <cstddef>
#include <vector>

namespace daxmend {

struct PairedEstimate {
  size_t pairs = 0;
  double ratio = 1;  // B over A
  // The true ratio lies in [low, high] with the confidence that was asked for;
  // [0, infinity] when the pairs are too few for that.
  double low = 0, high = 0;
  double p = 1;
  bool bounded() const;
  // The smallest change that could have been told from none, as a ratio above
  // 1; infinite when not bounded.
  double Detectable() const;
};

// `a` and `b` are of one length, their values positive. `confidence` is 0.99,
// say.
PairedEstimate EstimateRatio(const std::vector<double>& a,
                             const std::vector<double>& b, double confidence);

// The pairs without which no interval of this confidence is bounded.
size_t FewestPairs(double confidence);

double Median(std::vector<double> values);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_BENCH_PAIRED_STATISTICS_H_
