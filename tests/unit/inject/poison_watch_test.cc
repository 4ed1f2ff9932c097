// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_watch.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

using Ranges = std::vector<SectorRange>;

TEST(PoisonWatch, TellsWhatCameAndWhatWent) {
  Ranges known = {{8, 16}, {100, 101}};
  const PoisonChange change =
      Compare(known, {.units = {{8, 10}, {12, 20}}, .cut = false});
  EXPECT_EQ(change.appeared, (Ranges{{16, 20}}));
  EXPECT_EQ(change.disappeared, (Ranges{{10, 12}, {100, 101}}));
  EXPECT_EQ(known, (Ranges{{8, 10}, {12, 20}}));
}

TEST(PoisonWatch, SaysNothingWhereNothingChanged) {
  Ranges known = {{8, 16}};
  const PoisonChange change =
      Compare(known, {.units = {{8, 16}}, .cut = false});
  EXPECT_TRUE(change.appeared.empty());
  EXPECT_TRUE(change.disappeared.empty());
}

TEST(PoisonWatch, WhatTheKernelHasNoRoomToShowHasNotDisappeared) {
  Ranges known = {{8, 9}, {50, 51}, {100, 101}};
  PoisonChange change =
      Compare(known, {.units = {{10, 11}, {50, 51}}, .cut = true});
  EXPECT_EQ(change.appeared, (Ranges{{10, 11}}));
  EXPECT_EQ(change.disappeared, (Ranges{{8, 9}}));
  change = Compare(known, {.units = {{10, 11}}, .cut = false});
  EXPECT_EQ(change.disappeared, (Ranges{{50, 51}, {100, 101}}));
}

TEST(PoisonWatch, NamesADiskThatIsNotThere) {
  EXPECT_THROW(PoisonWatch({"nosuchdisk"}), Error);
}

}  // namespace
}  // namespace daxmend
