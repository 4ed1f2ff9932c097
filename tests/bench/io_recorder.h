// SPDX-License-Identifier: GPL-2.0-only
//
// What the engine does about an I/O that met nothing, beside the I/O itself
// (Job::RecordFast): one reading of the clock, which the next I/O's beginning
// stands in for here, one histogram, one slot of the timeline.

#ifndef DAXMEND_TESTS_BENCH_IO_RECORDER_H_
#define DAXMEND_TESTS_BENCH_IO_RECORDER_H_

#include <cstdint>
#include <ctime>

#include "ioengine/tick_clock.h"
#include "ioengine/tick_timeline.h"
#include "records/run_record.h"

namespace daxmend {

class IoRecorder {
 public:
  IoRecorder() {
    clock_.Calibrate();
    begun_ = clock_.Now();
    timeline_.Begin(begun_);
  }
  void Record() {
    const uint64_t ended = TickClock::Cycles();
    record_.path(Path::kFast).Record(clock_.ToNanoseconds(ended - begun_));
    timeline_.Record(ended, 4096);
    begun_ = ended;
  }
  uint64_t count() const { return record_.path(Path::kFast).count(); }

 private:
  static uint64_t Monotonic() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<uint64_t>(now.tv_nsec);
  }
  TickClock clock_{true, Monotonic};
  uint64_t begun_;
  JobRecord record_;
  TickTimeline timeline_{&clock_, &record_.timeline};
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_BENCH_IO_RECORDER_H_
