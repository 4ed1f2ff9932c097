// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

ListedPoison InFile(const std::string& path) {
  return {.disk = "pmem0",
          .sectors = {1048576, 1048584},
          .spa = SpaRange{0x180000000, 0x180001000},
          .owner = {.kind = Owner::Kind::kFile, .path = path, .inode = 12},
          .file = FileRange{1073741824, 1073745920}};
}

TEST(PoisonText, FitsInto80ColumnsWithAnOrdinaryName) {
  const std::string text =
      ToText({.poison = {InFile("/mnt/pmem/database/table.0")}});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 80u) << line;
  EXPECT_THAT(text, HasSubstr("pmem0  1048576       8 0x180000000 1073741824  "
                              "/mnt/pmem/database/table.0\n"));
  EXPECT_THAT(text, HasSubstr("8 bad sectors in 1 ranges\n"));
}

TEST(PoisonText, LetsNoFileNameReachTheTerminalRaw) {
  const std::string text = ToText(
      {.poison = {
           InFile("/mnt/\033[2J"),
           {.disk = "pmem0",
            .sectors = {0, 1},
            .owner = {.kind = Owner::Kind::kMetadata, .path = "/a\nb"}},
           {.disk = "pmem0",
            .sectors = {0, 1},
            .owner = {.kind = Owner::Kind::kUnseen, .path = "/m\033"}}}});
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, HasSubstr("/mnt/\\x1b[2J"));
  EXPECT_THAT(text, HasSubstr("/a\\nb"));
}

TEST(PoisonText, SaysThatThereIsNoneOnlyOfWhatWasLookedAt) {
  EXPECT_EQ(ToText(PoisonListing{}), "no poison is listed\n");
  EXPECT_THAT(ToText({.poison = {}, .cut = false, .unknown = {"region0: x"}}),
              HasSubstr("where daxmend could look"));
}

TEST(PoisonText, TellsOfAFileSystemThatIsSeenInPartOnly) {
  EXPECT_THAT(
      Describe({.kind = Owner::Kind::kUnseen, .path = "/data", .inode = 7}),
      testing::AllOf(HasSubstr("inode 7"), HasSubstr("/data"),
                     HasSubstr("whose other directories cannot be seen")));
}

}  // namespace
}  // namespace daxmend
