// SPDX-License-Identifier: GPL-2.0-only

#include "machine/host_tsc.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

TEST(TscKhz, IsCyclesByTime) {
  // 100 ms, read within 100 ns.
  EXPECT_EQ(TscKhz({1000, 7, 1100}, {100'001'000, 259'400'007, 100'001'100}),
            2'594'000u);
}

TEST(TscKhz, IsNotKnownWhenAReadingTookTooLong) {
  EXPECT_EQ(TscKhz({1000, 7, 1100}, {100'001'000, 259'400'007, 100'031'000}),
            0u);
}

TEST(TscKhz, IsNotKnownWhenTheCounterStandsOrGoesBack) {
  EXPECT_EQ(TscKhz({0, 7, 10}, {100'000'000, 7, 100'000'010}), 0u);
  EXPECT_EQ(TscKhz({0, 7, 10}, {100'000'000, 5, 100'000'010}), 0u);
}

TEST(TscKhz, IsNotKnownWithoutTimeBetween) {
  EXPECT_EQ(TscKhz({0, 7, 10}, {5, 9, 15}), 0u);
}

}  // namespace
}  // namespace daxmend
