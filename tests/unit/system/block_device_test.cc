// SPDX-License-Identifier: GPL-2.0-only

#include "system/block_device.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "core/error.h"

namespace daxmend {
namespace {

TEST(Badblocks, ReadsTheKernelsLines) {
  EXPECT_EQ(ParseBadblocks("8 1\n800 8\n"),
            (std::vector<SectorRange>{{8, 9}, {800, 808}}));
  EXPECT_TRUE(ParseBadblocks("").empty());
  EXPECT_TRUE(ParseBadblocks("\n").empty());  // a disk without a list
}

TEST(Badblocks, JoinsNeighboursTheKernelSplits) {
  // The kernel's entries are at most 512 sectors long (BB_MAX_LEN).
  EXPECT_EQ(ParseBadblocks("0 512\n512 512\n"),
            (std::vector<SectorRange>{{0, 1024}}));
}

TEST(Badblocks, LeavesOutTheLineThatTheKernelCut) {
  std::string text;
  uint64_t sector = 0;
  while (text.size() < 4096) text += std::to_string(sector += 10) + " 1\n";
  const uint64_t whole = ParseBadblocks(text).size();
  ASSERT_GT(text.size(), 4096u);
  EXPECT_EQ(ParseBadblocks(std::string_view(text).substr(0, 4096)).size(),
            whole - 1);
  EXPECT_TRUE(ParseBadblocksView(std::string_view(text).substr(0, 4095)).cut);
  EXPECT_FALSE(ParseBadblocksView("8 1\n").cut);
}

TEST(Badblocks, RefusesAnythingElse) {
  for (const char* text : {"8", "8 1", "a 1\n", "8  1\n", "8 -1\n", "8 1\n9",
                           "18446744073709551615 2\n"})
    EXPECT_THROW(ParseBadblocks(text), Error) << text;
}

TEST(Badblocks, TellsADiskWithoutAListFromOneWithNothingOnIt) {
  EXPECT_FALSE(ParseBadblocksView("\n").kept);
  EXPECT_TRUE(ParseBadblocksView("").kept);
  EXPECT_TRUE(ParseBadblocksView("8 1\n").kept);
  EXPECT_FALSE(KeepsBadblocks({.name = "none9", .disk = "none9"}));
}

TEST(BlockDevice, NamesTheNumberThatIsNone) {
  try {
    FindBlockDevice(makedev(0, 4711));
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("0:4711"), std::string::npos);
  }
}

}  // namespace
}  // namespace daxmend
