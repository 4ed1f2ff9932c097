// SPDX-License-Identifier: GPL-2.0-only
//
// The clock I/O is timed with: the processor's cycle counter where the kernel
// itself keeps time by it (clocksource "tsc"), else CLOCK_MONOTONIC.
//
// A call of clock_gettime is about 70 instructions, which a write of 4 KiB to
// persistent memory feels; reading the counter is three.
//
// Now() and the conversions may be called from any thread once Calibrate() has
// returned.

#ifndef DAXMEND_IOENGINE_TICK_CLOCK_H_
#define DAXMEND_IOENGINE_TICK_CLOCK_H_

#include <cstdint>
#include <mutex>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace daxmend {

class TickClock {
 public:
  using Nanoseconds = uint64_t (*)();

  // `reference` tells nanoseconds; it is the clock where `cycles` is false.
  // Takes the first of the two readings that Calibrate() compares.
  // `cycle_is_ns`: nothing is measured, as under QEMU's virtual clock, where a
  // cycle is an instruction: a guest's kernel may take it for 1.000001 ns.
  TickClock(bool cycles, Nanoseconds reference, bool cycle_is_ns = false);

  // Does the kernel trust the cycle counter with its own time?
  static bool KernelKeepsTimeByCycles();

  // Finds out how long a cycle is. Waits until 10 ms have passed since the
  // clock was made; the second call returns at once.
  void Calibrate();

  bool cycles() const { return cycles_; }

  // In ticks; of use for differences only.
  uint64_t Now() const { return cycles_ ? Cycles() : reference_(); }
  // Nanoseconds of a clock that all processes share.
  uint64_t Reference() const { return reference_(); }
  // Now() where cycles() is known to be true.
  static uint64_t Cycles() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return 0;
#endif
  }

  // After loads or stores of this thread, before Cycles(): the counter may be
  // read ahead of them otherwise (Intel SDM vol. 2, RDTSC: "not a serializing
  // instruction"; LFENCE before it waits for what is in front). A system call
  // needs none. One instruction; tests/bench/record_bench has its time.
  static void AwaitCopy() {
#if defined(__x86_64__)
    _mm_lfence();
#endif
  }

  uint64_t ToNanoseconds(uint64_t ticks) const {
    return static_cast<uint64_t>((Wide{ticks} * scale_) >> 32);
  }
  // The fewest ticks that are so many nanoseconds.
  uint64_t ToTicks(uint64_t ns) const {
    return static_cast<uint64_t>(((Wide{ns} << 32) + scale_ - 1) / scale_);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  struct Reading {
    uint64_t cycles;
    uint64_t ns;
  };
  Reading Read() const;

  const bool cycles_;
  const bool cycle_is_ns_;
  const Nanoseconds reference_;
  uint64_t scale_ = uint64_t{1} << 32;  // nanoseconds a tick, times 2^32
  std::once_flag calibrated_;
  Reading made_;
};

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_TICK_CLOCK_H_
