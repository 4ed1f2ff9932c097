// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/arrivals.h"

#include <cmath>
#include <random>

#include "core/error.h"

namespace daxmend {

std::vector<Arrival> PlanArrivals(double rate, double duration, uint64_t seed) {
  constexpr double kMost = 100'000;
  if (!(rate > 0) || !(duration > 0))
    throw Error({.thing = "--rate or --for",
                 .cause = "is not above 0",
                 .way_out = "raise it"});
  if (!(rate * duration <= kMost))
    throw Error({.thing = "--rate and --for",
                 .cause = "make more than 100000 arrivals",
                 .way_out = "lower one"});
  std::mt19937_64 random(seed);
  std::vector<Arrival> arrivals;
  double at = 0;
  for (;;) {
    // The time between two arrivals is exponentially distributed. A uniform
    // number of [0, 1) by hand, for the standard's distributions differ
    // between libraries.
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    at += -std::log1p(-uniform) / rate;
    if (at >= duration) return arrivals;
    arrivals.push_back(
        {std::chrono::nanoseconds(static_cast<int64_t>(at * 1e9)), random()});
  }
}

}  // namespace daxmend
