// SPDX-License-Identifier: GPL-2.0-only
//
// A job's timeline (records/run_record.h) for I/Os that are timed by ticks.
// They are counted here and put into their slot together, when the first of
// another slot ends: a comparison an I/O, where finding the slot of each takes
// a multiplication and a shift.
//
// The timeline is behind until Flush() was called. For the thread that made it.

#ifndef DAXMEND_IOENGINE_TICK_TIMELINE_H_
#define DAXMEND_IOENGINE_TICK_TIMELINE_H_

#include <cstdint>

#include "ioengine/tick_clock.h"
#include "records/run_record.h"

namespace daxmend {

class TickTimeline {
 public:
  // Both must outlive this.
  TickTimeline(const TickClock* clock, Timeline* timeline)
      : clock_(clock), timeline_(timeline) {}

  // The job's first I/O begins. Forgets what was counted.
  void Begin(uint64_t tick) {
    *timeline_ = {};
    slot_ = {};
    begun_ = until_ = tick;
  }

  // An I/O ended at the tick `ended`, not before the last one that did.
  void Record(uint64_t ended, uint64_t bytes) {
    if (ended >= until_) [[unlikely]]
      NextSlot(ended);
    ++slot_.ios;
    slot_.bytes += bytes;
    ended_ = ended;
  }
  void RecordRecovered(uint64_t ended, uint64_t bytes) {
    Record(ended, bytes);
    ++slot_.recovered;
  }

  void Flush();

 private:
  void NextSlot(uint64_t ended);

  const TickClock* const clock_;
  Timeline* const timeline_;
  Timeline::Slot slot_;
  uint64_t begun_ = 0, until_ = 0, ended_ = 0;  // ticks; the slot's end, the
                                                // last I/O's
};

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_TICK_TIMELINE_H_
