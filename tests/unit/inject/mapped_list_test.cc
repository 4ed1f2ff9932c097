// SPDX-License-Identifier: GPL-2.0-only

#include "inject/mapped_list.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

// 4 KiB chunks on two disks.
BlockMap Striped() {
  const auto disk = [](const char* name) {
    return std::make_shared<const BlockMap>(std::string(name));
  };
  return BlockMap({{.device = {0, 32768},
                    .chunk = 4096,
                    .legs = {{disk("pmem0"), 1 << 20}, {disk("pmem1"), 0}}}});
}

TEST(MappedList, HasWhatLiesOnTheDeviceWithTheDisksPlaces) {
  const std::vector<ListedPoison> listed = {
      {.disk = "pmem0", .sectors = {2040, 2050}, .spa = SpaRange{0, 5120}},
      {.disk = "pmem1", .sectors = {31, 64}}};
  const std::vector<ListedPoison> found = OnMapped(listed, Striped());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].sectors, (UnitRange{2048, 2050}));
  EXPECT_EQ(found[0].spa, (SpaRange{4096, 5120}));
  EXPECT_EQ(found[1].disk, "pmem1");
  EXPECT_EQ(found[1].sectors, (UnitRange{31, 32}));
}

TEST(MappedList, OfAFileHasTheFilesOffsets) {
  const std::vector<ListedPoison> listed = {
      {.disk = "pmem0", .sectors = {2048, 2049}},
      {.disk = "pmem1", .sectors = {8, 9}}};
  // The device's bytes 4096 to 16384 at the file's offset 65536.
  const ExtentMap extents(
      {{.file = {65536, 77824}, .device_begin = 4096, .shared = true}});
  const Owner owner{.kind = Owner::Kind::kFile, .path = "/f", .inode = 7};
  const std::vector<ListedPoison> found =
      InMappedFile(listed, Striped(), extents, owner);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].disk, "pmem1");
  EXPECT_EQ(found[0].sectors, (UnitRange{8, 9}));
  // The disk's second chunk is the device's fourth.
  EXPECT_EQ(found[0].file, (FileRange{65536 + 8192, 65536 + 8192 + 512}));
  EXPECT_EQ(found[0].owner, owner);
  EXPECT_TRUE(found[0].shared);
}

}  // namespace
}  // namespace daxmend
