// SPDX-License-Identifier: GPL-2.0-only
//
// What a region lists, as a device in it sees it. A file stands for the list,
// which is read as sysfs is.

#include "device/dax/region_badblocks.h"

#include <gmock/gmock.h>

#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::Throws;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kSectorsInMiB = kMiB / kSectorBytes;

class RegionList : public InScratchDirectory {
 protected:
  const std::string path_ = directory_ + "/badblocks";
  const SpaRange region_ = SpaRange::OfLength(uint64_t{1} << 30, 64 * kMiB);
  // Behind its info block and struct pages.
  const SpaRange device_ =
      SpaRange::OfLength((uint64_t{1} << 30) + 2 * kMiB, 32 * kMiB);

  void Say(const std::string& text) { std::ofstream(path_) << text; }
};

TEST_F(RegionList, CountsFromTheDevicesBeginning) {
  Say("4096 1\n4100 8\n");
  RegionBadblocks list(path_, region_, device_);
  EXPECT_THAT(list.Now().sectors,
              ElementsAre(SectorRange{0, 1}, SectorRange{4, 12}));
}

TEST_F(RegionList, WhatIsOutsideOfTheDeviceIsNotItsOwn) {
  const uint64_t end = 34 * kSectorsInMiB;
  Say("0 8\n4094 4\n" + std::to_string(end - 1) + " 3\n");
  RegionBadblocks list(path_, region_, device_);
  EXPECT_THAT(
      list.Now().sectors,
      ElementsAre(SectorRange{0, 2}, SectorRange{end - 4097, end - 4096}));
}

TEST_F(RegionList, IsReadAnewEachTime) {
  Say("4096 1\n");
  RegionBadblocks list(path_, region_, device_);
  EXPECT_THAT(list.Now().sectors, ElementsAre(SectorRange{0, 1}));
  Say("");
  EXPECT_THAT(list.Now().sectors, IsEmpty());
}

TEST_F(RegionList, ARegionWithoutAListIsAnError) {
  EXPECT_THROW(RegionBadblocks(path_, region_, device_), Error);
}

TEST_F(RegionList, ADeviceOutsideOfItIsAnError) {
  Say("");
  EXPECT_THROW(RegionBadblocks(path_, device_, region_), Error);
}

TEST_F(RegionList, RoomIsWhatTheKernelCanShow) {
  Say("");
  RegionBadblocks list(path_, region_, device_);
  // "10240 1\n" is 8 bytes: of 4,095 nobody knows whether they are all, so 511
  // of them fit on a page.
  std::vector<SectorRange> sectors;
  for (uint64_t i = 0; i < 511; ++i)
    sectors.push_back({6144 + 2 * i, 6144 + 2 * i + 1});
  EXPECT_NO_THROW(list.RequireRoom(sectors));
  sectors.push_back({10000, 10001});
  EXPECT_THAT(
      [&] { list.RequireRoom(sectors); },
      Throws<Error>(Property(&Error::what, HasSubstr("shows one page"))));
  Say("10240 1\n");
  sectors.pop_back();
  EXPECT_NO_THROW(list.RequireRoom(sectors));  // it is one of them
}

TEST_F(RegionList, RoomIsWhatTheKernelHolds) {
  Say("");
  RegionBadblocks list(path_, region_, device_);
  // "4096 1\n" is 7 bytes, and 585 of them a page; the list has 512 entries.
  std::vector<SectorRange> sectors;
  for (uint64_t i = 0; i < 512; ++i) sectors.push_back({2 * i, 2 * i + 1});
  EXPECT_NO_THROW(list.RequireRoom(sectors));
  sectors.push_back({2000, 2001});
  EXPECT_THAT(
      [&] { list.RequireRoom(sectors); },
      Throws<Error>(Property(&Error::what, HasSubstr("holds 512 ranges"))));
}

}  // namespace
}  // namespace daxmend
