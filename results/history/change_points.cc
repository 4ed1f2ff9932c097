// SPDX-License-Identifier: GPL-2.0-only

#include "results/history/change_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "results/bench/paired_statistics.h"

namespace daxmend {
namespace {

constexpr double kSignificant = 0.01;

// Twice the ranks (from 1) of values[begin, end): whole numbers, ties share.
std::vector<double> DoubledRanks(const std::vector<double>& values,
                                 size_t begin, size_t end) {
  std::vector<size_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(order.size());
  for (size_t from = 0; from < order.size();) {
    size_t to = from;
    while (to < order.size() && values[order[to]] == values[order[from]]) ++to;
    for (size_t i = from; i < to; ++i)
      ranks[order[i] - begin] = static_cast<double>(from + 1 + to);
    from = to;
  }
  return ranks;
}

// Where Pettitt's statistic K = max |U_t| is, U_t = 2 sum(ranks to t) -
// t (n + 1), and its p = 2 exp(-6 K^2 / (n^3 + n^2)).
ChangePoint Pettitt(const std::vector<double>& values, size_t begin,
                    size_t end) {
  const std::vector<double> ranks = DoubledRanks(values, begin, end);
  const auto n = static_cast<double>(ranks.size());
  double u = 0, k = -1;
  ChangePoint change{begin, 0, 0, 1};
  for (size_t t = 1; t < ranks.size(); ++t) {
    u += ranks[t - 1] - (n + 1);
    if (std::abs(u) > k) {
      k = std::abs(u);
      change.at = begin + t;
    }
  }
  if (k >= 0)
    change.p = std::min(1.0, 2 * std::exp(-6 * k * k / (n * n * n + n * n)));
  return change;
}

}  // namespace

std::vector<ChangePoint> FindChangePoints(const std::vector<double>& values) {
  std::vector<ChangePoint> found;
  std::vector<std::pair<size_t, size_t>> left = {{0, values.size()}};
  while (!left.empty()) {
    const auto [begin, end] = left.back();
    left.pop_back();
    const ChangePoint change = Pettitt(values, begin, end);
    if (change.p >= kSignificant) continue;
    found.push_back(change);
    left.emplace_back(begin, change.at);
    left.emplace_back(change.at, end);
  }
  std::sort(
      found.begin(), found.end(),
      [](const ChangePoint& a, const ChangePoint& b) { return a.at < b.at; });
  auto middle = [&](size_t begin, size_t end) {
    return Median({values.begin() + static_cast<long>(begin),
                   values.begin() + static_cast<long>(end)});
  };
  for (size_t i = 0; i < found.size(); ++i) {
    found[i].before = middle(i ? found[i - 1].at : 0, found[i].at);
    found[i].after = middle(
        found[i].at, i + 1 < found.size() ? found[i + 1].at : values.size());
  }
  return found;
}

std::vector<ChangePoint> FindExactChanges(const std::vector<double>& values) {
  std::vector<ChangePoint> found;
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] != values[i - 1])
      found.push_back({i, values[i - 1], values[i], 0});
  return found;
}

}  // namespace daxmend
