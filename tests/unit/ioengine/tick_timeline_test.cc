// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/tick_timeline.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>

namespace daxmend {
namespace {

uint64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

// The same I/Os counted by ticks and one by one, on a clock of any tick.
void ExpectAlike(bool cycles, uint64_t longest) {
  TickClock clock(cycles, MonotonicNs);
  clock.Calibrate();
  std::mt19937_64 random(1);
  const uint64_t first = clock.Now();
  Timeline one_by_one, together;
  TickTimeline by_tick(&clock, &together);
  by_tick.Begin(first);
  uint64_t tick = first;
  for (int i = 0; i < 20'000; ++i) {
    tick += random() % longest;
    const uint64_t bytes = random() % 65'536;
    const bool recovered = random() % 8 == 0;
    one_by_one.Record(clock.ToNanoseconds(tick - first), bytes, recovered);
    if (recovered)
      by_tick.RecordRecovered(tick, bytes);
    else
      by_tick.Record(tick, bytes);
  }
  by_tick.Flush();
  EXPECT_EQ(together, one_by_one);
}

TEST(TickTimeline, PutsEveryIoWhereItWouldHaveGoneAlone) {
  for (uint64_t longest : {uint64_t{200}, uint64_t{100'000},
                           uint64_t{10'000'000}, uint64_t{1'000'000'000}}) {
    SCOPED_TRACE(longest);
    ExpectAlike(false, longest);
    if (TickClock::KernelKeepsTimeByCycles()) ExpectAlike(true, longest);
  }
}

TEST(TickTimeline, ForgetsWhatWasBeforeItsBeginning) {
  TickClock clock(false, MonotonicNs);
  Timeline timeline;
  TickTimeline by_tick(&clock, &timeline);
  by_tick.Begin(100);
  by_tick.Record(5'000'000'000, 1);
  by_tick.Record(9'000'000'000, 2);
  by_tick.Begin(10'000'000'000);
  by_tick.Record(10'000'000'100, 4);
  by_tick.Flush();
  Timeline expected;
  expected.Record(100, 4, false);
  EXPECT_EQ(timeline, expected);
}

TEST(TickTimeline, FlushedTwiceCountsOnce) {
  TickClock clock(false, MonotonicNs);
  Timeline timeline;
  TickTimeline by_tick(&clock, &timeline);
  by_tick.Begin(0);
  by_tick.Record(10, 512);
  by_tick.Flush();
  by_tick.Flush();
  by_tick.Record(20, 512);
  by_tick.Flush();
  EXPECT_EQ(timeline.slot(0), (Timeline::Slot{2, 1024, 0}));
  EXPECT_EQ(timeline.end_ns(), 20u);
}

}  // namespace
}  // namespace daxmend
