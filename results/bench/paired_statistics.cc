// SPDX-License-Identifier: GPL-2.0-only

#include "results/bench/paired_statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace daxmend {
namespace {

constexpr size_t kExactPairs = 60;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// P(T <= t) for t = 0, 1, ... where T is the sum of a random half of `ranks`.
std::vector<double> SumDistribution(const std::vector<size_t>& ranks) {
  const size_t most = std::accumulate(ranks.begin(), ranks.end(), size_t{0});
  std::vector<double> at(most + 1);
  at[0] = 1;
  size_t reached = 0;
  for (size_t rank : ranks) {
    reached += rank;
    for (size_t t = reached + 1; t-- > 0;)
      at[t] = (at[t] + (t >= rank ? at[t - rank] : 0)) / 2;
  }
  for (size_t t = 1; t < at.size(); ++t) at[t] += at[t - 1];
  return at;
}

// Twice the ranks of |differences|: whole numbers also where ties share one.
std::vector<size_t> DoubledRanks(const std::vector<double>& differences) {
  std::vector<size_t> order(differences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  auto size = [&](size_t i) { return std::abs(differences[i]); };
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return size(i) < size(j); });
  std::vector<size_t> ranks(differences.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && size(order[end]) == size(order[begin])) ++end;
    // The mean of the ranks begin + 1 to end, doubled.
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = begin + 1 + end;
    begin = end;
  }
  return ranks;
}

double TwoSidedP(std::vector<double> differences) {
  std::erase(differences, 0.0);
  if (differences.empty()) return 1;
  const std::vector<size_t> ranks = DoubledRanks(differences);
  size_t positive = 0, all = 0;
  double squares = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (differences[i] > 0) positive += ranks[i];
    all += ranks[i];
    squares += static_cast<double>(ranks[i]) * static_cast<double>(ranks[i]);
  }
  const size_t smaller = std::min(positive, all - positive);
  if (ranks.size() <= kExactPairs)
    return std::min(1.0, 2 * SumDistribution(ranks)[smaller]);
  const double deviation = std::sqrt(squares) / 2;
  const double distance =
      (static_cast<double>(smaller) + 1 - static_cast<double>(all) / 2) /
      deviation;
  return std::min(1.0, 2 * cdf(boost::math::normal(), distance));
}

// How many Walsh averages lie outside of the interval at each end; -1 when even
// all of them are too few.
long OutsideEachEnd(size_t pairs, double confidence) {
  const double tail = (1 - confidence) / 2;
  if (pairs <= kExactPairs) {
    std::vector<size_t> ranks(pairs);
    std::iota(ranks.begin(), ranks.end(), size_t{1});
    const std::vector<double> at = SumDistribution(ranks);
    return std::upper_bound(at.begin(), at.end(), tail) - at.begin() - 1;
  }
  const auto n = static_cast<double>(pairs);
  const double deviation = std::sqrt(n * (n + 1) * (2 * n + 1) / 24);
  return static_cast<long>(
             std::floor(n * (n + 1) / 4 +
                        quantile(boost::math::normal(), tail) * deviation)) -
         1;
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<long>(half),
                   values.end());
  const double upper = values[half];
  if (values.size() % 2) return upper;
  return (*std::max_element(values.begin(),
                            values.begin() + static_cast<long>(half)) +
          upper) /
         2;
}

bool PairedEstimate::bounded() const { return low > 0 && high < kInfinity; }

double PairedEstimate::Detectable() const {
  return bounded() ? std::max(ratio / low, high / ratio) : kInfinity;
}

PairedEstimate EstimateRatio(const std::vector<double>& a,
                             const std::vector<double>& b, double confidence) {
  PairedEstimate estimate;
  estimate.pairs = a.size();
  estimate.high = kInfinity;
  std::vector<double> differences(a.size());
  for (size_t i = 0; i < a.size(); ++i) differences[i] = std::log(b[i] / a[i]);
  if (differences.empty()) return estimate;
  std::vector<double> walsh;
  walsh.reserve(a.size() * (a.size() + 1) / 2);
  for (size_t i = 0; i < differences.size(); ++i)
    for (size_t j = i; j < differences.size(); ++j)
      walsh.push_back((differences[i] + differences[j]) / 2);
  std::sort(walsh.begin(), walsh.end());
  estimate.ratio = std::exp(Median(walsh));
  estimate.p = TwoSidedP(differences);
  const long outside = OutsideEachEnd(a.size(), confidence);
  if (outside >= 0 && 2 * static_cast<size_t>(outside) < walsh.size()) {
    estimate.low = std::exp(walsh[static_cast<size_t>(outside)]);
    estimate.high =
        std::exp(walsh[walsh.size() - 1 - static_cast<size_t>(outside)]);
  }
  return estimate;
}

size_t FewestPairs(double confidence) {
  size_t pairs = 1;
  while (OutsideEachEnd(pairs, confidence) < 0) ++pairs;
  return pairs;
}

}  // namespace daxmend
