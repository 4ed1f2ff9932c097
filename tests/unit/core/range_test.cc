// SPDX-License-Identifier: GPL-2.0-only

#include "core/range.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

TEST(Range, AlignsOutToWholeUnits) {
  EXPECT_EQ(AlignOut(FileRange{700, 900}, 4096), (FileRange{0, 4096}));
  EXPECT_EQ(AlignOut(FileRange{4096, 8192}, 4096), (FileRange{4096, 8192}));
  EXPECT_EQ(AlignOut(FileRange{4095, 4097}, 4096), (FileRange{0, 8192}));
}

TEST(Range, AlignOutDoesNotWrapAtTheTop) {
  FileRange top = AlignOut(FileRange{UINT64_MAX - 10, UINT64_MAX}, 4096);
  EXPECT_GT(top.end, top.begin);
}

TEST(Range, AlignInIsEmptyWhenNoWholeUnitFits) {
  EXPECT_TRUE(AlignIn(FileRange{700, 900}, 4096).empty());
  EXPECT_EQ(AlignIn(FileRange{1, 9000}, 4096), (FileRange{4096, 8192}));
}

TEST(Range, TouchingRangesOverlapNowhere) {
  EXPECT_FALSE((FileRange{0, 10}).Overlaps({10, 20}));
  EXPECT_TRUE(Intersect(FileRange{0, 10}, {10, 20}).empty());
}

TEST(Range, NormalizeSortsJoinsAndDropsEmpties) {
  EXPECT_EQ(
      Normalize<FileSpace>({{10, 20}, {5, 5}, {0, 4}, {20, 30}, {15, 18}}),
      (std::vector<FileRange>{{0, 4}, {10, 30}}));
}

TEST(Range, SubtractKeepsWhatTheHolesLeave) {
  std::vector<FileRange> holes = {{0, 10}, {20, 30}, {90, 200}};
  EXPECT_EQ(Subtract(FileRange{5, 100}, holes),
            (std::vector<FileRange>{{10, 20}, {30, 90}}));
  EXPECT_EQ(IntersectAll(FileRange{5, 100}, holes),
            (std::vector<FileRange>{{5, 10}, {20, 30}, {90, 100}}));
}

TEST(Range, SubtractAndIntersectShareEveryByteOut) {
  std::vector<FileRange> holes = {{3, 5}, {8, 9}, {12, 40}};
  for (uint64_t b = 0; b < 20; ++b)
    for (uint64_t e = b; e < 45; ++e) {
      FileRange whole{b, e};
      EXPECT_EQ(TotalLength(Subtract(whole, holes)) +
                    TotalLength(IntersectAll(whole, holes)),
                whole.length());
    }
}

TEST(Range, SectorsCoverEveryByteOfADeviceRange) {
  EXPECT_EQ(CoveringSectors({511, 513}), (SectorRange{0, 2}));
  EXPECT_EQ(CoveringSectors({512, 1024}), (SectorRange{1, 2}));
  EXPECT_EQ(ToBytes({1, 3}), (DeviceRange{512, 1536}));
}

}  // namespace
}  // namespace daxmend
