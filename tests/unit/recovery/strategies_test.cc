// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PunchTest : public ::testing::Test {
 protected:
  FakeMedia media;
  std::vector<uint64_t> windows;
  Recovery recovery{&media,
                    TickingClock,
                    {.repair = Strategy::kPunch,
                     .window = [this](uint64_t ns) { windows.push_back(ns); }}};
};

TEST_F(PunchTest, ReadsFromAnotherPlaceAndLeavesThePoisonBehind) {
  media.Poison(2 * FakeMedia::kSectorsPerPage + 3);
  std::vector<std::byte> to(3 * kPage);
  const Outcome outcome = recovery.Read(kPage, to, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(to.size()));
  EXPECT_EQ(outcome.lost_sectors, 1u);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  EXPECT_THAT(media.punched,
              ::testing::ElementsAre(FileRange{2 * kPage, 3 * kPage}));
  EXPECT_EQ(media.left_behind.size(), 1u);
  EXPECT_EQ(media.repaired_sectors, 0);
  for (uint64_t i = 0; i < to.size(); ++i) {
    const bool lost = i / kSector == kPage / kSector + 3;
    ASSERT_EQ(to[i], lost ? std::byte{0} : FakeMedia::Original(kPage + i));
  }
}

TEST_F(PunchTest, WritesPartOfAPoisonedPageAndWholeOnes) {
  media.Poison(2 * FakeMedia::kSectorsPerPage);
  media.Poison(5 * FakeMedia::kSectorsPerPage);
  const std::vector<std::byte> from(3 * kPage + 512, kFresh);
  const Outcome outcome = recovery.Overwrite(2 * kPage + 1024, from);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(from.size()));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(media.left_behind.size(), 2u);
  EXPECT_EQ(media.repaired_sectors, 0);
  EXPECT_EQ(outcome.salvaged_sectors, 1u + 5u);
  for (uint64_t i = 0; i < media.size; ++i) {
    const bool fresh =
        FileRange::OfLength(2 * kPage + 1024, from.size()).Contains(i);
    const bool lost = i / kSector == 2 * kPage / kSector ||
                      i / kSector == 5 * kPage / kSector;
    ASSERT_EQ(media.At(i), fresh  ? kFresh
                           : lost ? std::byte{0}
                                  : FakeMedia::Original(i))
        << i;
  }
}

TEST_F(PunchTest, TouchesNothingWhereNoHoleCanBePunched) {
  media.Poison(8);
  media.punch_error = -EOPNOTSUPP;
  std::vector<std::byte> to(kPage);
  const Outcome outcome = recovery.Read(kPage, to, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kPunch);
  EXPECT_EQ(outcome.error, EOPNOTSUPP);
  EXPECT_EQ(media.writes, 0);
}

TEST_F(PunchTest, AWindowClosesAfterTheWriteEndsNotBefore) {
  media.Poison(8);
  bool open = false;
  media.before_write = [&] { open = windows.empty(); };
  const std::vector<std::byte> from(kPage, kFresh);
  recovery.Overwrite(kPage, from);
  EXPECT_TRUE(open);
  EXPECT_EQ(windows.size(), 1u);
}

TEST_F(PunchTest, TellsHowManyBadSectorsItLeftOnTheMedia) {
  for (uint64_t sector : {8, 9, 30}) media.Poison(sector);
  std::vector<std::byte> to(4 * kPage);
  EXPECT_EQ(recovery.LeftSectors(), 0u);
  recovery.Read(0, to, -EIO);
  EXPECT_EQ(recovery.LeftSectors(), 3u);
  // Somebody else was given the place, and wrote there.
  media.left_behind.erase(9);
  EXPECT_EQ(recovery.LeftSectors(), 2u);
}

class ClearTest : public ::testing::Test {
 protected:
  FakeMedia media;
  std::vector<uint64_t> windows;
  Recovery recovery{&media,
                    TickingClock,
                    {.repair = Strategy::kClear,
                     .window = [this](uint64_t ns) { windows.push_back(ns); }}};
  std::vector<std::byte> buffer = std::vector<std::byte>(8 * kPage);
};

TEST_F(ClearTest, AsksForTheBadSectorsAloneAndWritesTheirPage) {
  media.Poison(2 * 8 + 3);
  media.Poison(2 * 8 + 4);
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_THAT(
      media.asked_to_clear,
      ElementsAre(FakeMedia::ToDevice(FileRange{19 * kSector, 21 * kSector})));
  EXPECT_THAT(media.written, ElementsAre(FileRange{2 * kPage, 3 * kPage}));
  EXPECT_TRUE(media.poison.empty());
}

TEST_F(ClearTest, LeavesOneWindowForEachRunOfPagesItWrites) {
  media.Poison(1 * 8);
  media.Poison(2 * 8);
  media.Poison(5 * 8 + 7);
  recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(windows.size(), 2u);
  for (uint64_t ns : windows) EXPECT_GT(ns, 0u);
}

TEST_F(ClearTest, AWindowClosesAfterTheWriteEndsNotBefore) {
  media.Poison(1 * 8);
  bool open = false;
  media.before_write = [&] { open = windows.empty(); };
  const std::vector<std::byte> from(kPage, kFresh);
  EXPECT_EQ(recovery.Overwrite(kPage, from).result,
            static_cast<ssize_t>(kPage));
  EXPECT_TRUE(open);
  EXPECT_EQ(windows.size(), 1u);
}

TEST_F(ClearTest, AnIoThatMeetsNoPoisonLeavesNoWindow) {
  const std::vector<std::byte> from(kPage, kFresh);
  recovery.Overwrite(kPage, from);
  EXPECT_THAT(windows, IsEmpty());
  EXPECT_THAT(media.asked_to_clear, IsEmpty());
}

TEST_F(ClearTest, FirmwareThatRefusesFailsTheIoAndNothingIsWritten) {
  media.Poison(10);
  for (int64_t answer : {-EOPNOTSUPP, -ENXIO, 0}) {
    media.clear_answer = answer;
    const Outcome read = recovery.Read(kPage, buffer, -EIO);
    EXPECT_EQ(read.result, -EIO);
    EXPECT_EQ(read.failed, Step::kClear);
    EXPECT_EQ(read.error, answer ? -answer : EIO);
    const std::vector<std::byte> from(kPage, kFresh);
    EXPECT_EQ(recovery.Overwrite(kPage, from).result, -EIO);
  }
  EXPECT_EQ(media.writes, 0);
  EXPECT_THAT(windows, IsEmpty());
}

TEST_F(ClearTest, WhatFirmwareHasClearedInPartIsWrittenAtOnce) {
  media.Poison(10);
  media.Poison(11);
  media.clear_answer = 256;
  const Outcome outcome = recovery.Read(kPage, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_EQ(outcome.lost_sectors, 2u);
  EXPECT_EQ(media.writes, 1);
  EXPECT_TRUE(media.poison.empty());
  EXPECT_EQ(windows.size(), 1u);
}

class FlagTest : public ::testing::Test {
 protected:
  FlagTest() { media.wants_flag = true; }
  FakeMedia media;
  Recovery recovery{&media, TickingClock, {.repair = Strategy::kFlag}};
  std::vector<std::byte> buffer = std::vector<std::byte>(8 * kPage);
};

TEST_F(FlagTest, ReadsUpToTheBadPageRepairsItAndReadsOn) {
  media.Poison(2 * 8 + 3);
  media.Poison(5 * 8);
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_EQ(outcome.lost_bytes, 2 * kSector);
  EXPECT_EQ(outcome.saved_bytes, buffer.size() - 2 * kSector);
  // Up to the page, at it, and on from it, for each.
  EXPECT_EQ(media.flagged_reads, 5);
  EXPECT_EQ(media.flagged_writes, 2);
  EXPECT_TRUE(media.poison.empty());
  EXPECT_TRUE(std::equal(buffer.begin(), buffer.end(), media.bytes.begin()));
}

TEST_F(FlagTest, WritesWholePoisonedPagesAtOnce) {
  media.Poison(10);
  const std::vector<std::byte> from(2 * kPage, kFresh);
  const Outcome outcome = recovery.Overwrite(kPage, from);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(from.size()));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(media.flagged_writes, 1);
  EXPECT_EQ(media.looks, 0);
}

TEST_F(FlagTest, WidensAWriteOfAPart) {
  media.Poison(10);
  const std::vector<std::byte> from(100, kFresh);
  const Outcome outcome = recovery.Write(kPage + 5, from, -EIO);
  EXPECT_EQ(outcome.result, 100);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  EXPECT_EQ(media.flagged_writes, 1);
  EXPECT_TRUE(media.poison.empty());
}

TEST_F(FlagTest, GoodPagesAreWrittenWithoutTheFlag) {
  media.Poison(3 * 8);
  const std::vector<std::byte> from(4 * kPage, kFresh);
  const Outcome outcome = recovery.Write(kPage, from, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(from.size()));
  EXPECT_EQ(media.flagged_writes, 1);
  EXPECT_THAT(media.written, ElementsAre(FileRange{kPage, 3 * kPage},
                                         FileRange{3 * kPage, 4 * kPage},
                                         FileRange{4 * kPage, 5 * kPage}));
}

TEST_F(FlagTest, AnErrorWithoutListedPoisonStaysAnError) {
  media.PoisonSecretly(8);
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_FALSE(outcome.met_poison);
  EXPECT_EQ(media.writes, 0);
}

TEST_F(FlagTest, StopsAtTheEndOfTheFile) {
  media.Truncate(2 * kPage + 700);
  media.Poison(8);
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(2 * kPage + 700));
  EXPECT_EQ(outcome.lost_bytes, kSector);
  EXPECT_EQ(outcome.saved_bytes, 2 * kPage + 700 - kSector);
}

TEST(SalvageByPage, GivesUpThePoisonedPageWholeWithoutTheDevice) {
  FakeMedia media;
  Recovery recovery(&media, TickingClock, {.salvage = SalvageUnit::kPage});
  media.Poison(5 * 8 + 3);
  std::vector<std::byte> buffer(16 * kPage);
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, 65536);
  EXPECT_EQ(outcome.lost_bytes, kPage);
  EXPECT_EQ(outcome.lost_sectors, 8u);
  EXPECT_EQ(outcome.saved_bytes, 15 * kPage);
  EXPECT_EQ(outcome.salvaged_sectors, 0u);
  EXPECT_EQ(media.device_reads, 0);
}

}  // namespace
}  // namespace daxmend
