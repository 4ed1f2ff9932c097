// SPDX-License-Identifier: GPL-2.0-only
//
// How fast the host's cycle counter runs by CLOCK_MONOTONIC. An emulated guest
// reads that counter and has to be told.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_HOST_TSC_H_
#define DAXMEND_MACHINE_HOST_TSC_H_

#include <cstdint>

namespace daxmend {

// Both clocks at one moment: the cycle counter's reading lies between two of
// CLOCK_MONOTONIC.
struct TscReading {
  uint64_t before_ns = 0;
  uint64_t cycles = 0;
  uint64_t after_ns = 0;
};

// The rate in kHz that two readings give; 0 when their bounds leave more than
// 100 millionths open, so that a guess is never taken for a measurement.
uint64_t TscKhz(const TscReading& begin, const TscReading& end);

// Measures from its making on.
class HostTsc {
 public:
  HostTsc();
  // Waits until at least 50 ms are measured, and longer while the host is too
  // busy to tell; 0 after a second of that, and on processors without a cycle
  // counter.
  uint64_t Khz() const;

 private:
  TscReading begin_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_HOST_TSC_H_
