// SPDX-License-Identifier: GPL-2.0-only

#include "inject/region_poison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint64_t kBase = 1ull << 32;
constexpr uint64_t kMebibyte = 1 << 20;

SpaRange Mib(uint64_t begin, uint64_t end) {
  return {kBase + begin * kMebibyte, kBase + end * kMebibyte};
}

// [0, 16) MiB devdax (2 of metadata), [16, 32) fsdax (2 of metadata), [32, 48)
// sector mode, [48, 64) disabled, [64, 80) nobody's.
DeviceRegion Region() {
  return {
      .name = "region0",
      .spa = Mib(0, 80),
      .namespaces = {
          {.name = "namespace0.0",
           .use = "devdax dax0.0",
           .whole = Mib(0, 16),
           .data = Mib(2, 16)},
          {.name = "namespace0.1",
           .disk = "pmem0.1",
           .use = "fsdax",
           .whole = Mib(16, 32),
           .data = Mib(18, 32)},
          {.name = "namespace0.2", .use = "sector mode", .whole = Mib(32, 48)},
          {.name = "namespace0.3", .use = "disabled", .whole = Mib(48, 64)}}};
}

std::string Line(uint64_t mib, uint64_t sectors = 4) {
  return std::to_string(mib * 2048) + " " + std::to_string(sectors) + "\n";
}

std::vector<std::string> Owners(const RegionPoison& poison) {
  std::vector<std::string> owners;
  for (const RegionPoison::Part& part : poison.parts)
    owners.push_back(Describe(part.owner));
  return owners;
}

TEST(RegionPoison, ShowsWhatLiesInNamespacesWithoutADisk) {
  const RegionPoison poison =
      PoisonOffDisks(Region(), Line(4) + Line(34) + Line(50) + Line(70));
  EXPECT_THAT(
      Owners(poison),
      ElementsAre("namespace0.0 (devdax dax0.0)", "namespace0.2 (sector mode)",
                  "namespace0.3 (disabled)", "no namespace"));
  EXPECT_EQ(poison.parts[0].sectors, (SectorRange{4 * 2048, 4 * 2048 + 4}));
  EXPECT_EQ(poison.parts[0].spa, SpaRange::OfLength(Mib(4, 5).begin, 2048));
  EXPECT_EQ(poison.parts[0].offset, FileRange::OfLength(2 * kMebibyte, 2048));
  EXPECT_FALSE(poison.parts[1].offset);
  EXPECT_THAT(poison.unknown, IsEmpty());
}

TEST(RegionPoison, LeavesWhatADiskListsToTheDisk) {
  EXPECT_THAT(PoisonOffDisks(Region(), Line(20)).parts, IsEmpty());
}

TEST(RegionPoison, ShowsTheMetadataInFrontOfADisk) {
  EXPECT_THAT(Owners(PoisonOffDisks(Region(), Line(17))),
              ElementsAre("namespace0.1 (fsdax metadata)"));
  // Across the end of the metadata: the disk lists the rest.
  const RegionPoison across =
      PoisonOffDisks(Region(), std::to_string(18 * 2048 - 1) + " 2\n");
  ASSERT_EQ(across.parts.size(), 1u);
  EXPECT_EQ(across.parts[0].sectors, (SectorRange{18 * 2048 - 1, 18 * 2048}));
}

TEST(RegionPoison, CutsARangeWhereNamespacesMeet) {
  const RegionPoison poison =
      PoisonOffDisks(Region(), std::to_string(48 * 2048 - 2) + " 4\n");
  EXPECT_THAT(Owners(poison), ElementsAre("namespace0.2 (sector mode)",
                                          "namespace0.3 (disabled)"));
}

TEST(RegionPoison, SaysWhichPartOfANamespaceInSectorModeItIs) {
  DeviceRegion region = Region();
  region.namespaces[2].areas = {
      {.where = Mib(33, 40), .what = "arena 0 data", .block_bytes = 4096},
      {.where = Mib(40, 41), .what = "arena 0 map"}};
  EXPECT_THAT(
      Owners(PoisonOffDisks(
          region, Line(32) + Line(33) + Line(34, 16) + Line(40) + Line(47))),
      ElementsAre("namespace0.2 (sector mode)",
                  "namespace0.2 (sector mode, arena 0 data block 0)",
                  "namespace0.2 (sector mode, arena 0 data blocks 256 to 257)",
                  "namespace0.2 (sector mode, arena 0 map)",
                  "namespace0.2 (sector mode)"));
}

TEST(RegionPoison, NamesTheNamespacesWhoseAddressesAreHidden) {
  DeviceRegion region = Region();
  for (RegionPart& ndns : region.namespaces)
    ndns.whole = ndns.data = std::nullopt;
  EXPECT_THAT(
      PoisonOffDisks(region, Line(4)).unknown,
      ElementsAre(HasSubstr("namespace0.0 (devdax dax0.0)"),
                  HasSubstr("namespace0.2"), HasSubstr("namespace0.3")));
  // Where nothing is bad, nothing is hidden.
  EXPECT_THAT(PoisonOffDisks(region, "").unknown, IsEmpty());
}

class ReadRegion : public InScratchDirectory {};

TEST_F(ReadRegion, NamesTheNamespacesOfARegionThatCannotBeRead) {
  std::filesystem::create_directory(directory_ + "/region0");
  EXPECT_THAT(ReadRegionPoison(Region(), directory_).unknown,
              ElementsAre(HasSubstr("namespace0.0"), HasSubstr("namespace0.2"),
                          HasSubstr("namespace0.3")));
  EXPECT_THAT(ReadRegionPoison({.name = "region0"}, directory_).unknown,
              ElementsAre(HasSubstr("region0: ")));
  std::ofstream(directory_ + "/region0/badblocks") << Line(34);
  EXPECT_THAT(Owners(ReadRegionPoison(Region(), directory_)),
              ElementsAre("namespace0.2 (sector mode)"));
}

TEST(RegionPoison, SaysThatTheKernelHasMoreThanItShows) {
  std::string text;
  for (uint64_t sector = 1; text.size() < 4096; sector += 2)
    text += std::to_string(100000 + sector) + " 1\n";
  EXPECT_TRUE(PoisonOffDisks(Region(), text.substr(0, 4095)).cut);
}

}  // namespace
}  // namespace daxmend
