// SPDX-License-Identifier: GPL-2.0-only

#include "results/number_text.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

TEST(NumberText, GroupsThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(12345678), "12,345,678");
  EXPECT_EQ(Grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(NumberText, CountsInSingularAndPlural) {
  EXPECT_EQ(Counted(1, "I/O"), "1 I/O");
  EXPECT_EQ(Counted(0, "sector"), "0 sectors");
  EXPECT_EQ(Counted(1024, "page"), "1,024 pages");
}

TEST(NumberText, RatiosHaveThreeDigitsAndRoundIntoTheNextPlace) {
  EXPECT_EQ(RatioText(1), "1.00");
  EXPECT_EQ(RatioText(1.014), "1.01");
  EXPECT_EQ(RatioText(9.999), "10.0");
  EXPECT_EQ(RatioText(99.96), "100");
  EXPECT_EQ(RatioText(1130.4), "1,130");
  EXPECT_EQ(RatioText(0.0421), "0.0421");
}

TEST(NumberText, BytesTakeTheLargestUnitTheyFill) {
  EXPECT_EQ(BytesText(512), "512 B");
  EXPECT_EQ(BytesText(4096), "4 KiB");
  EXPECT_EQ(BytesText(1.5 * 1024 * 1024), "1.50 MiB");
}

TEST(LatencyFormat, WallClockLatenciesCarryTheirUnit) {
  LatencyFormat wall(Clock::kWall, Script::kPlain);
  EXPECT_EQ(wall.Short(812), "812 ns");
  EXPECT_EQ(wall.Short(6114), "6.114 us");
  EXPECT_EQ(wall.Short(689'870), "689.9 us");
  EXPECT_EQ(wall.Short(999'960), "1.000 ms");
  EXPECT_EQ(wall.Short(17'200'000'000), "17.20 s");
  EXPECT_EQ(wall.Full(6114), "6.114 us");
  EXPECT_EQ(wall.Axis(10'000), "10 us");
  EXPECT_EQ(LatencyFormat(Clock::kWall, Script::kRich).Short(6114),
            "6.114 \u00b5s");
}

TEST(LatencyFormat, VirtualClockLatenciesAreInstructionsAndNeverATime) {
  LatencyFormat virtual_clock(Clock::kVirtual, Script::kRich);
  EXPECT_EQ(virtual_clock.Short(689'870), "689,870");
  EXPECT_EQ(virtual_clock.Full(6114), "6,114 instructions");
  EXPECT_EQ(virtual_clock.Axis(500'000), "500k");
  EXPECT_EQ(virtual_clock.unit(), "instructions");
}

}  // namespace
}  // namespace daxmend
