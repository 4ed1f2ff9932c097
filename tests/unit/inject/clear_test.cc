// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "core/error.h"
#include "device/devices.h"
#include "tests/unit/device/line_device.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;

PoisonListing Listing(bool shared) {
  return {.poison = {{.disk = "pmem0",
                      .sectors = {100, 108},
                      .owner = {.kind = Owner::Kind::kFile, .path = "/mnt/f"},
                      .file = FileRange{8192, 12288},
                      .shared = shared}}};
}

JournalEntry Kept(const std::string& uuid, SectorRange sectors) {
  return {.id = "1",
          .injector = "ndctl",
          .disk = "pmem0",
          .namespace_uuid = uuid,
          .file = "/mnt/f",
          .sectors = {sectors},
          .content = ""};
}

std::string Reason(const PoisonListing& listing,
                   const std::vector<JournalEntry>& entries) {
  try {
    RequireOwn(listing, "u", entries, "/mnt/f");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Clear, RefusesToZeroFillWhatAnotherFileHasToo) {
  EXPECT_THAT(Reason(Listing(true), {}),
              AllOf(HasSubstr("/mnt/f at offset 8192"), HasSubstr("reflink"),
                    HasSubstr("--force")));
  EXPECT_EQ(Reason(Listing(false), {}), "");
}

TEST(Clear, GivesSharedSectorsTheBytesThatTheJournalKept) {
  EXPECT_EQ(
      Reason(Listing(true), {Kept("u", {96, 104}), Kept("u", {104, 112})}), "");
  EXPECT_NE(Reason(Listing(true), {Kept("u", {96, 104})}), "");
  EXPECT_NE(Reason(Listing(true), {Kept("other", {96, 112})}), "");
}

TEST(PoisonInFile, KnowsWhatIsShared) {
  const BlockDevice pmem{.name = "pmem0", .disk = "pmem0", .sectors = 9999};
  const ExtentMap extents(
      {{.file = {0, 4096}, .device_begin = 4096},
       {.file = {4096, 8192}, .device_begin = 8192, .shared = true}});
  const std::vector<ListedPoison> list =
      PoisonInFile({{8, 9}, {16, 17}}, extents, pmem, {}, {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_FALSE(list[0].shared);
  EXPECT_TRUE(list[1].shared);
}

// line0 and line1, on both of which a device-mapper device lies.
class TwoLines : public DeviceKind {
 public:
  std::unique_ptr<PoisonDevice> OfDisk(const std::string& disk) const override {
    for (size_t i = 0; i < 2; ++i)
      if (disk == "line" + std::to_string(i))
        return std::make_unique<LineDevice>(memory_[i], disk);
    return nullptr;
  }
  std::unique_ptr<PoisonDevice> OfUuid(const std::string&) const override {
    return nullptr;
  }
  std::vector<std::string> Disks() const override { return {"line0", "line1"}; }

  LineMemory& operator[](size_t i) const { return memory_[i]; }

 private:
  mutable LineMemory memory_[2] = {LineMemory(kLines), LineMemory(kLines)};
};

class ClearOfTwoDisks : public InScratchDirectory {
 protected:
  ClearOfTwoDisks() {
    lines_[0].bad = {1, 2};
    lines_[1].bad = {5};
  }
  // As far as it is shown: what is on line1 comes behind the page.
  PoisonListing List(bool shared = false) {
    PoisonListing listing;
    for (size_t i = 0; i < 2 && listing.poison.empty(); ++i)
      Add(i, shared, listing);
    listing.cut = !lines_[0].bad.empty();
    return listing;
  }
  void Add(size_t i, bool shared, PoisonListing& listing) {
    for (UnitRange bad : lines_[i].Bad())
      listing.poison.push_back({.disk = "line" + std::to_string(i),
                                .sectors = bad,
                                .file = FileRange{0, 64},
                                .shared = shared,
                                .unit_bytes = 64});
  }
  std::string Bytes(size_t i, uint64_t line) {
    return lines_[i].bytes.substr(line * 64, 64);
  }

  TwoLines lines_;
  AddedDeviceKind added_{lines_};
  Journal journal_{directory_ + "/journal"};
};

TEST_F(ClearOfTwoDisks, FindsADiskOfWhichTheFirstPageShowsNothing) {
  const ClearResult result = ClearAll(
      "f", [&] { return List(); }, journal_);
  EXPECT_EQ(result.zeroed_sectors, 3u);
  EXPECT_TRUE(lines_[0].bad.empty());
  EXPECT_TRUE(lines_[1].bad.empty());
}

TEST_F(ClearOfTwoDisks, TouchesNoneWhereItRefusesToClearTheOther) {
  const auto list = [&] {
    PoisonListing listing;
    Add(0, false, listing);
    Add(1, true, listing);
    return listing;
  };
  EXPECT_THROW(ClearAll("f", list, journal_), Error);
  EXPECT_EQ(lines_[0].Bad(), (std::vector<UnitRange>{{1, 3}}));
  EXPECT_EQ(Bytes(0, 1), std::string(64, 'x'));
  EXPECT_EQ(ClearAll("f", list, journal_, true).zeroed_sectors, 3u);
}

TEST_F(ClearOfTwoDisks, TouchesNoneWhereTheOtherIsGone) {
  const auto list = [&] {
    PoisonListing listing;
    Add(0, false, listing);
    listing.poison.push_back({.disk = "line2", .sectors = {0, 1}});
    return listing;
  };
  EXPECT_THROW(ClearAll("f", list, journal_), Error);
  EXPECT_EQ(lines_[0].Bad(), (std::vector<UnitRange>{{1, 3}}));
  EXPECT_EQ(Bytes(0, 1), std::string(64, 'x'));
}

TEST_F(ClearOfTwoDisks, DoesNotTakeAListThatShowsOnlyOthersForAnEmptyOne) {
  const auto list = [] { return PoisonListing{.poison = {}, .cut = true}; };
  EXPECT_THROW(ClearAll(directory_, list, journal_), Error);
  // Of a file, what is behind was looked for.
  std::ofstream{directory_ + "/f"};
  EXPECT_NO_THROW(ClearAll(directory_ + "/f", list, journal_));
}

}  // namespace
}  // namespace daxmend
