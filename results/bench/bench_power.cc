// SPDX-License-Identifier: GPL-2.0-only

#include "results/bench/bench_power.h"

#include <fmt/core.h>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "results/bench/bench_samples.h"
#include "results/bench/paired_statistics.h"
#include "results/number_text.h"

namespace daxmend {
namespace {

constexpr double kThreshold = 0.05;
constexpr double kConfidence = 0.99;
constexpr double kSlowdown = 1.10;

// The standard library's distributions are not the same everywhere; its engines
// are.
class Noise {
 public:
  Noise(uint64_t seed, double variation)
      : engine_(seed), sigma_(std::sqrt(std::log1p(variation * variation))) {}

  // A run's time, of a machine whose runs take 1 without noise.
  double Run() {
    return std::exp(sigma_ * Normal() + drift_) * (Uniform() < 0.05 ? 1.5 : 1);
  }
  void NextPair() { drift_ += 0.2 * sigma_ * Normal(); }

 private:
  double Uniform() {
    return (static_cast<double>(engine_() >> 11) + 0.5) / 9007199254740992.0;
  }
  double Normal() { return quantile(boost::math::normal(), Uniform()); }

  std::mt19937_64 engine_;
  const double sigma_;
  double drift_ = 0;
};

struct Tally {
  unsigned same = 0, better = 0, worse = 0, cannot_tell = 0;
};

Tally Try(double variation, size_t pairs, double slowdown, unsigned trials,
          uint64_t seed) {
  Tally tally;
  for (unsigned trial = 0; trial < trials; ++trial) {
    Noise noise(seed + trial, variation);
    std::vector<double> a(pairs), b(pairs);
    for (size_t i = 0; i < pairs; ++i) {
      noise.NextPair();
      a[i] = noise.Run();
      b[i] = noise.Run() * slowdown;
    }
    switch (JudgeEstimate(EstimateRatio(a, b, kConfidence), Sense::kLower,
                          kThreshold)) {
      case Verdict::kSame:
        ++tally.same;
        break;
      case Verdict::kBetter:
        ++tally.better;
        break;
      case Verdict::kWorse:
        ++tally.worse;
        break;
      default:
        ++tally.cannot_tell;
    }
  }
  return tally;
}

std::string Share(unsigned part, unsigned all) {
  return Significant(100.0 * part / all, 3) + " %";
}

}  // namespace

std::string PowerTable(unsigned trials, uint64_t seed) {
  std::string out =
      "| noise of a run | pairs | A/A: same | A/A: inconclusive | A/A: wrong "
      "(at most, 95 %) | +10 %: found | +10 %: inconclusive | +10 %: wrong |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (double variation : {0.01, 0.02, 0.05, 0.10})
    for (size_t pairs :
         {size_t{10}, size_t{20}, size_t{40}, size_t{100}, size_t{200}}) {
      const Tally none = Try(variation, pairs, 1, trials, seed);
      const Tally slow = Try(variation, pairs, kSlowdown, trials, seed);
      const unsigned wrong = none.better + none.worse;
      const double bound =
          boost::math::binomial_distribution<>::find_upper_bound_on_p(
              trials, wrong, 0.05);
      out += fmt::format("| {} % | {} | {} | {} | {} ({} %) | {} | {} | {} |\n",
                         Significant(100 * variation, 2), pairs,
                         Share(none.same, trials),
                         Share(none.cannot_tell, trials), Share(wrong, trials),
                         Significant(100 * bound, 2), Share(slow.worse, trials),
                         Share(slow.cannot_tell, trials),
                         Share(slow.same + slow.better, trials));
    }
  return out;
}

}  // namespace daxmend
