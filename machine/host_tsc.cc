// SPDX-License-Identifier: GPL-2.0-only

#include "machine/host_tsc.h"

#include <unistd.h>

#include <cmath>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace daxmend {
namespace {

constexpr double kMostLeftOpen = 100e-6;
constexpr uint64_t kLeastNs = 50'000'000;
constexpr uint64_t kLongestNs = 1'000'000'000;
constexpr int kTries = 50;

uint64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

uint64_t Cycles() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return 0;
#endif
}

// Of a few tries the quickest.
TscReading Read() {
  TscReading best;
  for (int i = 0; i < kTries; ++i) {
    TscReading one;
    one.before_ns = MonotonicNow();
    one.cycles = Cycles();
    one.after_ns = MonotonicNow();
    if (i == 0 || one.after_ns - one.before_ns < best.after_ns - best.before_ns)
      best = one;
  }
  return best;
}

}  // namespace

uint64_t TscKhz(const TscReading& begin, const TscReading& end) {
  if (end.cycles <= begin.cycles || end.before_ns <= begin.after_ns) return 0;
  const auto cycles = static_cast<double>(end.cycles - begin.cycles);
  const auto shortest = static_cast<double>(end.before_ns - begin.after_ns);
  const auto longest = static_cast<double>(end.after_ns - begin.before_ns);
  if (longest / shortest - 1 > kMostLeftOpen) return 0;
  return static_cast<uint64_t>(
      std::llround(cycles / ((shortest + longest) / 2) * 1e6));
}

HostTsc::HostTsc() : begin_(Read()) {}

uint64_t HostTsc::Khz() const {
  for (;;) {
    const TscReading now = Read();
    const uint64_t passed = now.after_ns - begin_.before_ns;
    if (passed >= kLeastNs)
      if (const uint64_t khz = TscKhz(begin_, now)) return khz;
    if (passed >= kLongestNs) return 0;
    usleep(10'000);
  }
}

}  // namespace daxmend
