// SPDX-License-Identifier: GPL-2.0-only
//
// The ways to copy (copies.h), without a fault and with one in the last page.
//
//   build/tests/copy_bench --benchmark_min_time=0.2

#include <benchmark/benchmark.h>

#include "tests/bench/copied_file.h"
#include "tests/bench/copies.h"

namespace daxmend {
namespace {

template <Copy copy>
void NoFault(benchmark::State& state) {
  const auto length = static_cast<size_t>(state.range(0));
  Buffers buffers(length);
  for (auto _ : state) {
    benchmark::DoNotOptimize(copy(buffers.to(), buffers.from(), length));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <Copy copy>
void Fault(benchmark::State& state) {
  const auto length = static_cast<size_t>(state.range(0));
  Buffers buffers(length);
  buffers.PoisonLastPage();
  for (auto _ : state)
    if (copy(buffers.to(), buffers.from(), length) == 0)
      state.SkipWithError("the poison was not met");
}

// libpmem2's way needs its own handler.
void FaultSigsetjmp(benchmark::State& state) {
  const auto length = static_cast<size_t>(state.range(0));
  Buffers buffers(length);
  buffers.PoisonLastPage();
  struct sigaction before, jumps = {};
  jumps.sa_handler = [](int) { siglongjmp(jump, 1); };
  sigaction(SIGBUS, &jumps, &before);
  for (auto _ : state)
    if (SigsetjmpMemcpy(buffers.to(), buffers.from(), length) == 0)
      state.SkipWithError("the poison was not met");
  sigaction(SIGBUS, &before, nullptr);
}

#if defined(__x86_64__)
void BareSigbusRoundTrip(benchmark::State& state) {
  Buffers buffers(kPageBytes);
  buffers.PoisonLastPage();
  BareSigbus bare;
  for (auto _ : state) BareSigbus::RoundTrip(buffers.from());
}
BENCHMARK(BareSigbusRoundTrip);
#endif

void TolerantRoundTrip(benchmark::State& state) {
  Buffers buffers(kPageBytes);
  buffers.PoisonLastPage();
  std::byte to[1];
  for (auto _ : state)
    benchmark::DoNotOptimize(FaultTolerantCopy(to, buffers.from(), 1));
}

void Sizes(benchmark::internal::Benchmark* b) {
  for (int64_t size : {64, 512, 4096, 16384, 65536, 2 << 20}) b->Arg(size);
}
void FaultSizes(benchmark::internal::Benchmark* b) {
  for (int64_t size : {4096, 65536}) b->Arg(size);
}

// PMDK's, of a file.
void Pmem2PreadMcsafe(benchmark::State& state) {
  CopiedFile file;
  const auto length = static_cast<size_t>(state.range(0));
  if (!file.refusal().empty()) state.SkipWithError(file.refusal().c_str());
  for (auto _ : state)
    if (file.PreadMcsafe(length) != 0) {
      state.SkipWithError("the file was not read");
      break;
    }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(NoFault<Memcpy>)->Apply(Sizes);
BENCHMARK(NoFault<Tolerant>)->Apply(Sizes);
BENCHMARK(NoFault<Library>)->Apply(Sizes);
BENCHMARK(NoFault<TolerantStore>)->Apply(Sizes);
BENCHMARK(NoFault<SigsetjmpMemcpy>)->Apply(Sizes);
BENCHMARK(NoFault<ProcessVmReadv>)->Apply(Sizes);
BENCHMARK(Pmem2PreadMcsafe)->Apply(Sizes);
BENCHMARK(TolerantRoundTrip);
BENCHMARK(Fault<Tolerant>)->Apply(FaultSizes);
BENCHMARK(FaultSigsetjmp)->Apply(FaultSizes);
BENCHMARK(Fault<ProcessVmReadv>)->Apply(FaultSizes);

}  // namespace
}  // namespace daxmend
