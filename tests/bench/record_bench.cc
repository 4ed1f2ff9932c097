// SPDX-License-Identifier: GPL-2.0-only
//
// What it costs to know what an I/O cost.
//
//   build/tests/record_bench

#include <benchmark/benchmark.h>

#include <vector>

#include "copy/fault_tolerant_copy.h"
#include "tests/bench/io_recorder.h"

namespace daxmend {
namespace {

void RecordInHistogram(benchmark::State& state) {
  LatencyHistogram histogram;
  uint64_t ns = 1;
  for (auto _ : state) {
    histogram.Record(ns);
    ns = (ns * 5) & 0xfffff;
    benchmark::ClobberMemory();
  }
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(RecordInHistogram);

void ReadTheClock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TickClock::Cycles());
}
BENCHMARK(ReadTheClock);

// One after the other, so that the difference is what AwaitCopy() costs.
void CopyAndReadTheClock(benchmark::State& state) {
  PrepareFaultTolerantCopy();
  std::vector<std::byte> from(4096), to(4096);
  const bool await = state.range(0) != 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        FaultTolerantCopy(to.data(), from.data(), from.size()));
    if (await) TickClock::AwaitCopy();
    benchmark::DoNotOptimize(TickClock::Cycles());
  }
}
BENCHMARK(CopyAndReadTheClock)->ArgName("await")->Arg(0)->Arg(1);

void RecordAnIo(benchmark::State& state) {
  IoRecorder recorder;
  for (auto _ : state) {
    recorder.Record();
    benchmark::ClobberMemory();
  }
  benchmark::DoNotOptimize(recorder.count());
}
BENCHMARK(RecordAnIo);

}  // namespace
}  // namespace daxmend
