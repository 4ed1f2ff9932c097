// SPDX-License-Identifier: GPL-2.0-only
//
// When poison comes that comes over time: a Poisson process, as errors of media
// that are independent of each other. Pure: the same rate, time and seed give
// the same arrivals on every machine.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_PLAN_ARRIVALS_H_
#define DAXMEND_INJECT_PLAN_ARRIVALS_H_

#include <chrono>
#include <cstdint>
#include <vector>

namespace daxmend {

struct Arrival {
  std::chrono::nanoseconds at;  // since the beginning
  uint64_t seed = 0;            // draws its place (PlanRequest::seed)
  bool operator==(const Arrival&) const = default;
};

// The arrivals of `duration` seconds, ascending, `rate` a second on average.
// Throws Error for a rate or a duration that is not more than 0, or that would
// be more than 100,000 arrivals.
std::vector<Arrival> PlanArrivals(double rate, double duration, uint64_t seed);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLAN_ARRIVALS_H_
