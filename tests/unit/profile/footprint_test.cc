// SPDX-License-Identifier: GPL-2.0-only
//
// What the tracker says that an I/O touched.

#include <gtest/gtest.h>

#include "tests/unit/profile/tracked_processor.h"

namespace daxmend {
namespace {

class FootprintTest : public TrackerTest {
 protected:
  FootprintTest() { tracker_.MeasureFootprint({}); }
  // Of the only I/O of the fast path.
  uint64_t Of(FootprintCount what) {
    const ProfilePath path = Profile().jobs[0].path(Path::kFast);
    const auto& counts = path.footprint[static_cast<size_t>(what)];
    EXPECT_EQ(counts.size(), 1u);
    return counts.empty() ? UINT64_MAX : counts.begin()->first;
  }
};

TEST_F(FootprintTest, CountsAccessesLinesAndMisses) {
  tracker_.Access(0x9000, 8, false);  // before the I/O: it is in the cache
  Begin();
  Run(Make(0x1010, 5));
  tracker_.Access(0x9000, 8, false);
  tracker_.Access(0x9008, 8, true);   // the same line
  tracker_.Access(0xa03c, 8, false);  // two lines
  Run(Make(0x1200, 3));               // another line of code
  tracker_.Access(0xa000, 4, false);
  End();
  EXPECT_EQ(Of(FootprintCount::kLoads), 3u);
  EXPECT_EQ(Of(FootprintCount::kStores), 1u);
  EXPECT_EQ(Of(FootprintCount::kDataLines), 3u);
  EXPECT_EQ(Of(FootprintCount::kL1Data), 2u);
  // 0x1000, 0x1200, 0x1040: the first was met by the block the I/O begins in.
  EXPECT_EQ(Of(FootprintCount::kCodeLines), 3u);
  EXPECT_EQ(Of(FootprintCount::kL1Code), 2u);
  EXPECT_EQ(Of(FootprintCount::kL2), 4u);
}

TEST_F(FootprintTest, ABranchIsTakenWhenItLeadsElsewhere) {
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kJump));  // goes on at 0x101c: not taken
  Run(Make(0x101c, 3, BlockEnd::kJump));
  Run(Make(0x1030, 3, BlockEnd::kCall));
  Run(Make(0x1100, 3, BlockEnd::kReturn));
  Run(Make(0x103c, 1, BlockEnd::kOther));
  End();
  EXPECT_EQ(Of(FootprintCount::kBranches), 3u);
}

TEST_F(FootprintTest, WhatInterruptsTouchIsNotTheIos) {
  Begin();
  Run(Make(0x1010, 5));
  tracker_.Access(0x9000, 8, false);
  Run(Make(kKernel + 0x400, 3, BlockEnd::kTrapReturn, ProfileCode::kInterrupt));
  tracker_.Access(0xb000, 8, true);
  Run(Make(0x1024, 3));
  End();
  EXPECT_EQ(Of(FootprintCount::kLoads), 1u);
  EXPECT_EQ(Of(FootprintCount::kStores), 0u);
  EXPECT_EQ(Of(FootprintCount::kDataLines), 1u);
}

TEST_F(TrackerTest, WithoutAFootprintThereIsNone) {
  Begin();
  Run(Make(0x1010, 5));
  tracker_.Access(0x9000, 8, false);
  End();
  EXPECT_TRUE(Profile().jobs[0].path(Path::kFast).footprint[0].empty());
}

}  // namespace
}  // namespace daxmend
