// SPDX-License-Identifier: GPL-2.0-only
//
// The fault-tolerant copy against what else could be done: memcpy alone (which
// dies), sigsetjmp around memcpy (libpmem2's way), process_vm_readv (the kernel
// catches the fault); without a fault and with one in the last page.
//
//   build/tests/copy_bench --benchmark_min_time=0.2

#include <benchmark/benchmark.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/range.h"
#include "inject/userfault_poison.h"
#include "recovery/fault_tolerant_copy.h"

namespace daxmend {
namespace {

// What a copy reads and where it goes; the source is shared memory.
class Buffers {
 public:
  explicit Buffers(size_t size)
      : size_(size < kPageBytes ? kPageBytes : size), from_(Map()), to_(Map()) {
    PrepareFaultTolerantCopy();
  }
  ~Buffers() {
    munmap(from_, size_);
    munmap(to_, size_);
  }
  std::byte* from() { return from_; }
  std::byte* to() { return to_; }
  void PoisonLastPage() {
    PoisonMappedPages({from_ + size_ - kPageBytes, kPageBytes});
  }

 private:
  std::byte* Map() const {
    void* at = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED) std::abort();
    std::memset(at, 1, size_);
    return static_cast<std::byte*>(at);
  }
  const size_t size_;
  std::byte* const from_;
  std::byte* const to_;
};

sigjmp_buf jump;

size_t Memcpy(std::byte* to, const std::byte* from, size_t length) {
  std::memcpy(to, from, length);
  return 0;
}

size_t SigsetjmpMemcpy(std::byte* to, const std::byte* from, size_t length) {
  if (sigsetjmp(jump, 1) != 0) return SIZE_MAX;
  std::memcpy(to, from, length);
  return 0;
}

size_t ProcessVmReadv(std::byte* to, const std::byte* from, size_t length) {
  const iovec local = {to, length};
  const iovec remote = {const_cast<std::byte*>(from), length};
  const ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  return n < 0 ? length : length - static_cast<size_t>(n);
}

size_t Tolerant(std::byte* to, const std::byte* from, size_t length) {
  return FaultTolerantCopy(to, from, length);
}

size_t TolerantStore(std::byte* to, const std::byte* from, size_t length) {
  return FaultTolerantStore(to, from, length);
}

template <size_t (*copy)(std::byte*, const std::byte*, size_t)>
void NoFault(benchmark::State& state) {
  const auto length = static_cast<size_t>(state.range(0));
  Buffers buffers(length);
  for (auto _ : state) {
    benchmark::DoNotOptimize(copy(buffers.to(), buffers.from(), length));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <size_t (*copy)(std::byte*, const std::byte*, size_t)>
void Fault(benchmark::State& state) {
  const auto length = static_cast<size_t>(state.range(0));
  Buffers buffers(length);
  buffers.PoisonLastPage();
  for (auto _ : state)
    if (copy(buffers.to(), buffers.from(), length) == 0)
      state.SkipWithError("the poison was not met");
}

#if defined(__x86_64__)
greg_t behind_the_load;

// A handler that knows which load it is and returns behind it: what a SIGBUS
// costs whoever takes it.
void BareSigbusRoundTrip(benchmark::State& state) {
  Buffers buffers(kPageBytes);
  buffers.PoisonLastPage();
  struct sigaction before, bare = {};
  bare.sa_sigaction = [](int, siginfo_t*, void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] =
        behind_the_load;
  };
  bare.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &bare, &before);
  for (auto _ : state)
    asm volatile(
        "lea 1f(%%rip), %%rax\n"
        "mov %%rax, %0\n"
        "movb (%1), %%al\n"
        "1:"
        : "=m"(behind_the_load)
        : "r"(buffers.from())
        : "rax", "memory");
  sigaction(SIGBUS, &before, nullptr);
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

BENCHMARK(NoFault<Memcpy>)->Apply(Sizes);
BENCHMARK(NoFault<Tolerant>)->Apply(Sizes);
BENCHMARK(NoFault<TolerantStore>)->Apply(Sizes);
BENCHMARK(NoFault<SigsetjmpMemcpy>)->Apply(Sizes);
BENCHMARK(NoFault<ProcessVmReadv>)->Apply(Sizes);
BENCHMARK(TolerantRoundTrip);
BENCHMARK(Fault<Tolerant>)->Apply(FaultSizes);
BENCHMARK(Fault<ProcessVmReadv>)->Apply(FaultSizes);

}  // namespace
}  // namespace daxmend
