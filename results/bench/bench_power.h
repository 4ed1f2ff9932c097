// SPDX-License-Identifier: GPL-2.0-only
//
// What the gate of the wall clock can and cannot see, by simulation: how often
// it is right, wrong, or cannot tell, for noise of a known size.
//
// Pure function; thread-safe.

#ifndef DAXMEND_RESULTS_BENCH_BENCH_POWER_H_
#define DAXMEND_RESULTS_BENCH_BENCH_POWER_H_

#include <cstdint>
#include <string>

namespace daxmend {

// A Markdown table: one line for each noise (the coefficient of variation of
// one run: 1 to 10 %) and number of pairs (10 to 200). `trials` comparisons
// each of A against A and of A against A slowed down by 10 %, at a threshold
// of 5 %. The noise of a run is log-normal, one run in twenty is disturbed and
// half as slow again, and the machine's speed drifts as a random walk that both
// of a pair share. Equal seeds give equal tables.
std::string PowerTable(unsigned trials, uint64_t seed);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_BENCH_BENCH_POWER_H_
