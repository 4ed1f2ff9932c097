// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/cache_model.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

TEST(Cache, KeepsWhatWasUsedLast) {
  Cache cache(4 * 64, 4);  // one set
  for (uint64_t line = 1; line <= 4; ++line) EXPECT_TRUE(cache.Misses(line));
  for (uint64_t line = 1; line <= 4; ++line) EXPECT_FALSE(cache.Misses(line));
  EXPECT_TRUE(cache.Misses(5));  // instead of 1
  EXPECT_FALSE(cache.Misses(2));
  EXPECT_TRUE(cache.Misses(1));  // instead of 3
  EXPECT_FALSE(cache.Misses(5));
  EXPECT_FALSE(cache.Misses(2));
  EXPECT_TRUE(cache.Misses(3));
}

TEST(Cache, LinesOfOtherSetsMakeNoRoom) {
  Cache cache(16 * 64, 2);  // eight sets
  EXPECT_TRUE(cache.Misses(8));
  for (uint64_t line = 9; line < 16; ++line) EXPECT_TRUE(cache.Misses(line));
  EXPECT_FALSE(cache.Misses(8));
  EXPECT_TRUE(cache.Misses(16));
  EXPECT_FALSE(cache.Misses(8));
  EXPECT_TRUE(cache.Misses(24));  // instead of 16
  EXPECT_TRUE(cache.Misses(16));
}

TEST(CacheModel, TheSecondLevelIsAskedByBothOfTheFirst) {
  CacheModel model({.l1 = 8 * 64, .l2 = 64 * 64});
  EXPECT_TRUE(model.Code(7).l1);
  const CacheModel::Missed data = model.Data(7);
  EXPECT_TRUE(data.l1);
  EXPECT_FALSE(data.l2);
  EXPECT_FALSE(model.Data(7).l1);
  // Nine lines in eight places; the second level has them.
  for (uint64_t line = 100; line < 109; ++line)
    EXPECT_TRUE(model.Data(line).l2) << line;
  const CacheModel::Missed again = model.Data(100);
  EXPECT_TRUE(again.l1);
  EXPECT_FALSE(again.l2);
}

}  // namespace
}  // namespace daxmend
