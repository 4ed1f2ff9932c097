// SPDX-License-Identifier: GPL-2.0-only
//
// Runs fio with two settings in turn, A B B A A B B A ...: what drifts (a warm
// cache, a busy neighbour, a clock that slows down) meets both alike.
//
// One at a time, and in a process without other threads that wait for children.

#ifndef DAXMEND_RESULTS_BENCH_BENCH_RUN_H_
#define DAXMEND_RESULTS_BENCH_BENCH_RUN_H_

#include <functional>
#include <string>
#include <vector>

#include "results/bench/bench_samples.h"

namespace daxmend {

struct BenchRequest {
  unsigned pairs = 40;
  unsigned warmup = 1;  // runs of each setting that are thrown away
  // Words like NAME=VALUE set fio's environment, all others are arguments
  // before the job's.
  std::vector<std::string> a, b;
  std::vector<std::string> job;  // fio's arguments
  std::string directory;         // where samples.json goes
  std::function<void(const std::string&)> progress;
};

// One value of one run.
struct BenchValue {
  MetricKey key;
  Sense sense;
  std::string unit;
  double value;
};

// What fio measured, from its json+: job, "read" / "write" / "trim", and min,
// mean, p50, p99, p999 of the completion latency in ns, throughput in MiB/s.
// Throws Error naming `source`.
std::vector<BenchValue> ValuesOfFio(std::string_view json,
                                    const std::string& source);

// Every run's json+ is read, and the run.json of the job's path_log= when it
// has one. Throws Error when fio fails, or runs under the virtual clock.
BenchSamples RunBench(const BenchRequest& request);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_BENCH_BENCH_RUN_H_
