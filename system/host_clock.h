// SPDX-License-Identifier: GPL-2.0-only
//
// The host's time in a guest of `daxmend vm`, by its HPET: QEMU computes the
// counter from the host's CLOCK_MONOTONIC when it is read, whatever the guest's
// kernel believes (hw/timer/hpet.c, QEMU_CLOCK_VIRTUAL).
//
// Thread-safe, also between processes.

#ifndef DAXMEND_SYSTEM_HOST_CLOCK_H_
#define DAXMEND_SYSTEM_HOST_CLOCK_H_

#include <functional>
#include <optional>
#include <string>

#include "system/clock_check.h"

namespace daxmend {

// Reads the HPET that `device` offers, between two readings of CLOCK_MONOTONIC;
// of a few tries the quickest. Has the device open only for so long: the kernel
// lends its one free timer to one file at a time (hpet_open,
// drivers/char/hpet.c of Linux 6.1); waits a while for another's turn to end.
// Throws Error when there is no HPET or it cannot be mapped.
ClockReading ReadHostClock(const std::string& device = "/dev/hpet");

// Watches CLOCK_MONOTONIC from its making on. Outside of a wall-clock guest of
// `daxmend vm` it reads nothing and has no answer: there is no host's clock to
// compare with, or (virtual clock) nothing to be vouched for.
class ClockWatch {
 public:
  using Source = std::function<ClockReading()>;
  explicit ClockWatch(
      bool in_wall_clock_guest, Source source = [] { return ReadHostClock(); });
  // Of the time since this was made. Never throws; may be asked again, and by
  // processes that were forked since.
  std::optional<ClockCheck> Check() const;

 private:
  const Source source_;
  std::optional<ClockReading> begin_;
  std::string problem_;  // why begin_ is missing; empty when it is not wanted
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_HOST_CLOCK_H_
