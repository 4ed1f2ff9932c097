// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/tick_clock.h"

#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

namespace daxmend {
namespace {

uint64_t Monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

TEST(TickClock, IsItsReferenceWithoutCycles) {
  TickClock clock(false, [] { return uint64_t{42}; });
  clock.Calibrate();
  EXPECT_EQ(clock.Now(), 42u);
  EXPECT_EQ(clock.ToNanoseconds(1'000'000'007), 1'000'000'007u);
}

TEST(TickClock, AgreesWithTheKernelsClockOverTime) {
  if (!TickClock::KernelKeepsTimeByCycles())
    GTEST_SKIP() << "the kernel keeps time by something else";
  TickClock clock(true, Monotonic);
  clock.Calibrate();
  const uint64_t ns = Monotonic(), ticks = clock.Now();
  usleep(50'000);
  const uint64_t ticks_passed = clock.Now() - ticks, passed = Monotonic() - ns;
  EXPECT_NEAR(static_cast<double>(clock.ToNanoseconds(ticks_passed)),
              static_cast<double>(passed), 0.005 * static_cast<double>(passed));
}

TEST(TickClock, MeasuresNothingWhereACycleIsANanosecond) {
  // A reference that is wrong by a millionth, as a guest's kernel's is.
  TickClock clock(
      true, [] { return TickClock::Cycles() * 999'999 / 1'000'000; }, true);
  clock.Calibrate();
  EXPECT_EQ(clock.ToNanoseconds(5'000'000'007), 5'000'000'007u);
}

TEST(TickClock, DoesNotOverflowOverAWeek) {
  TickClock clock(false, Monotonic);
  const uint64_t week = uint64_t{7} * 86400 * 1'000'000'000;
  EXPECT_EQ(clock.ToNanoseconds(week), week);
}

}  // namespace
}  // namespace daxmend
