// SPDX-License-Identifier: GPL-2.0-only

#include "device/btt_layout.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

class BttLayout : public InScratchDirectory {
 protected:
  // As Linux 6.1 shows it of 256 MiB.
  void Arena(const std::string& name, const char* version) {
    const std::filesystem::path arena =
        std::filesystem::path(directory_) / "btt0.0" / name;
    std::filesystem::create_directories(arena);
    const std::pair<const char*, const char*> files[] = {
        {"version_major", version},        {"infooff", "0x0000000000000000"},
        {"dataoff", "0x0000000000001000"}, {"mapoff", "0x000000000ffba000"},
        {"logoff", "0x000000000fffa000"},  {"info2off", "0x000000000fffe000"},
        {"internal_nlba", "0x0000ffb8"},   {"internal_lbasize", "4096"}};
    for (const auto& [file, text] : files)
      std::ofstream(arena / file) << text << "\n";
  }
};

TEST_F(BttLayout, HasEveryAreaOfAnArena) {
  Arena("arena0", "2");
  const std::vector<RegionArea> areas =
      BttAreas("btt0.0", 0x40000000, directory_);
  ASSERT_EQ(areas.size(), 5u);
  EXPECT_EQ(areas[1].what, "arena 0 data");
  EXPECT_EQ(areas[1].where, (SpaRange{0x40001000, 0x40001000 + 0xffb8000}));
  EXPECT_EQ(areas[1].block_bytes, 4096u);
  EXPECT_EQ(areas[2].what, "arena 0 map");
  EXPECT_EQ(areas[2].where, (SpaRange{0x4ffba000, 0x4fffa000}));
  EXPECT_EQ(areas[3].what, "arena 0 log");
  EXPECT_EQ(areas[4].where, (SpaRange{0x4fffe000, 0x4ffff000}));
}

TEST_F(BttLayout, OfVersion1LiesBehindAPage) {
  Arena("arena0", "1");
  EXPECT_EQ(BttAreas("btt0.0", 0x40000000, directory_)[0].where,
            (SpaRange{0x40001000, 0x40002000}));
}

TEST_F(BttLayout, IsEmptyWhereDebugfsShowsNothing) {
  EXPECT_TRUE(BttAreas("btt1.0", 0, directory_).empty());
  std::filesystem::create_directories(std::filesystem::path(directory_) /
                                      "btt0.0" / "arena0");
  EXPECT_TRUE(BttAreas("btt0.0", 0, directory_).empty());
}

}  // namespace
}  // namespace daxmend
