// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

TEST_F(RecoveryTest, AReadGetsTheGoodSectorsAndZerosForTheBadOne) {
  media.Poison(10);  // page 1, its third sector
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  EXPECT_EQ(outcome.backup_sectors, 0u);
  EXPECT_TRUE(media.poison.empty());
  ExpectContent({}, {{10 * kSector, 11 * kSector}});
  EXPECT_TRUE(std::equal(buffer.begin(), buffer.end(),
                         media.bytes.begin() + static_cast<long>(kPage)));
}

TEST_F(RecoveryTest, AReadThatStopsShortAtPoisonIsFinished) {
  media.Poison(3 * FakeMedia::kSectorsPerPage);
  std::vector<std::byte> to(4 * kPage);
  const ssize_t n = media.ReadFile(kPage, to);
  ASSERT_EQ(n, static_cast<ssize_t>(2 * kPage));
  const Outcome outcome = recovery.Read(kPage, to, n);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(to.size()));
  EXPECT_TRUE(outcome.met_poison);
}

TEST_F(RecoveryTest, AReadThatStopsShortAtTheEndOfTheFileHasMetNothing) {
  std::vector<std::byte> to(4 * kPage);
  const uint64_t offset = media.size - kPage;
  const Outcome outcome = recovery.Read(offset, to, media.ReadFile(offset, to));
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_FALSE(outcome.met_poison);
}

TEST_F(RecoveryTest, AReadWaitsForTheListAfterAMachineCheck) {
  media.PoisonSecretly(8);  // page 1, its first sector
  media.unlisted_error = -EFAULT;
  media.pauses_until_listed = 3;
  std::vector<std::byte> to(kPage);
  const Outcome outcome = recovery.Read(kPage, to, media.ReadFile(kPage, to));
  EXPECT_EQ(media.pauses, 3);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  EXPECT_TRUE(media.poison.empty());
}

TEST_F(RecoveryTest, AReadThatAMachineCheckStoppedShortIsFinished) {
  media.PoisonSecretly(3 * FakeMedia::kSectorsPerPage);
  media.pauses_until_listed = 1;
  std::vector<std::byte> to(4 * kPage);
  const Outcome outcome = recovery.Read(kPage, to, media.ReadFile(kPage, to));
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(to.size()));
  EXPECT_TRUE(outcome.met_poison);
}

TEST_F(RecoveryTest, WhatIsListedBehindTheLookIsFound) {
  media.PoisonSecretly(10);
  media.after_locate = [this](int looks) {
    if (looks == 1) media.unlisted.clear();
  };
  std::vector<std::byte> to(2 * kPage);
  const Outcome outcome = recovery.Read(0, to, media.ReadFile(0, to));
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(to.size()));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(media.pauses, 0);
}

TEST_F(RecoveryTest, APageThatIsListedNowhereIsOutOfReach) {
  media.PoisonSecretly(8);
  media.unlisted_error = -EFAULT;
  std::vector<std::byte> to(kPage);
  const Outcome outcome = recovery.Read(kPage, to, -EFAULT);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kUnreachable);
  EXPECT_FALSE(outcome.met_poison);
  EXPECT_EQ(media.writes, 0);
}

TEST_F(RecoveryTest, AnErrorOfTheDriverIsNotWaitedFor) {
  media.PoisonSecretly(8);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(media.pauses, 0);
}

TEST_F(RecoveryTest, AReadTakesLostSectorsFromTheBackup) {
  TakeBackup(media.size);
  media.Poison(10);
  const Outcome outcome = Read(kPage + 700, 100);
  EXPECT_EQ(outcome.result, 100);
  EXPECT_EQ(outcome.backup_sectors, 1u);
  EXPECT_EQ(outcome.lost_sectors, 0u);
  ExpectContent({});
  EXPECT_EQ(buffer[0], FakeMedia::Original(kPage + 700));
}

TEST_F(RecoveryTest, ABackupThatIsTooShortLosesWhatItDoesNotHold) {
  TakeBackup(10 * kSector + 100);  // ends inside sector 10
  media.Poison(9);
  media.Poison(10);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.backup_sectors, 1u);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  ExpectContent({}, {{10 * kSector, 11 * kSector}});
}

TEST_F(RecoveryTest, ABackupThatIsPoisonedItselfLosesOnlyItsBadSector) {
  TakeBackup(media.size);
  media.bad_backup.insert(9);
  media.Poison(9);
  media.Poison(10);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.backup_sectors, 1u);
  EXPECT_EQ(outcome.lost_sectors, 1u);
}

TEST_F(RecoveryTest, ALongReadOverOneBadSectorLosesThatSectorOnly) {
  media.Poison(5 * 8 + 3);
  const Outcome outcome = Read(0, 16 * kPage);
  EXPECT_EQ(outcome.result, 65536);
  EXPECT_EQ(outcome.lost_bytes, 512u);
  EXPECT_EQ(outcome.saved_bytes, 65024u);
  ExpectContent({}, {{43 * kSector, 44 * kSector}});
}

TEST_F(RecoveryTest, ASmallReadSavesTheRestOfItsPageAsWell) {
  media.Poison(10);
  const Outcome outcome = Read(10 * kSector + 100, 200);
  EXPECT_EQ(outcome.lost_bytes, 512u);
  EXPECT_EQ(outcome.saved_bytes, 7 * 512u);
}

TEST_F(RecoveryTest, WhatIsPastTheEndOfTheFileIsNeitherSavedNorLost) {
  media.Truncate(5 * kPage + 700);
  media.Poison(5 * 8 + 1);
  const Outcome outcome = Read(4 * kPage, 3 * kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage + 700));
  EXPECT_EQ(outcome.lost_bytes, 188u);
  EXPECT_EQ(outcome.saved_bytes, kPage + 512);
}

TEST_F(RecoveryTest, ALongReadRewritesOnlyThePoisonedPages) {
  TakeBackup(media.size);
  media.Poison(3 * 8);
  media.Poison(90 * 8 + 7);
  const Outcome outcome = Read(100, 120 * kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(120 * kPage));
  EXPECT_THAT(media.written,
              ::testing::ElementsAre(FileRange{3 * kPage, 4 * kPage},
                                     FileRange{90 * kPage, 91 * kPage}));
  ExpectContent({});
}

TEST_F(RecoveryTest, ARunOfPagesLongerThanTheScratchMemoryIsRecovered) {
  TakeBackup(media.size);
  for (uint64_t page = 2; page < 150; ++page) media.Poison(page * 8 + page % 8);
  const Outcome outcome = Read(0, 155 * kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(155 * kPage));
  EXPECT_EQ(outcome.backup_sectors, 148u);
  EXPECT_EQ(outcome.salvaged_sectors, 148u * 7);
  ExpectContent({});
}

TEST_F(RecoveryTest, APoisonedPageAtTheEndOfTheFileKeepsTheFilesSize) {
  media.Truncate(5 * kPage + 700);
  media.truncates = 0;
  TakeBackup(media.size);
  media.Poison(5 * 8 + 1);  // holds the file's last byte
  const Outcome outcome = Read(5 * kPage, 700);
  EXPECT_EQ(outcome.result, 700);
  EXPECT_EQ(outcome.backup_sectors, 1u);
  EXPECT_EQ(media.size, 5 * kPage + 700);
  EXPECT_EQ(media.truncates, 1);
  ExpectContent({});
}

TEST_F(RecoveryTest, AFileThatSomebodyElseLengthenedIsNotCutBack) {
  media.Truncate(5 * kPage + 700);
  media.truncates = 0;
  media.Poison(5 * 8);
  media.before_write = [this] { media.size = 7 * kPage; };
  EXPECT_EQ(Read(5 * kPage, 700).result, 700);
  EXPECT_EQ(media.size, 7 * kPage);
  EXPECT_EQ(media.truncates, 0);
}

TEST_F(RecoveryTest, PoisonThatIsNotListedIsReadAroundSectorBySector) {
  TakeBackup(media.size);
  media.Poison(10);
  media.PoisonSecretly(12);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.salvaged_sectors, 6u);
  EXPECT_EQ(outcome.backup_sectors, 2u);
  ExpectContent({});
}

TEST_F(RecoveryTest, AnErrorWithoutListedPoisonStaysAnError) {
  media.PoisonSecretly(10);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_FALSE(outcome.met_poison);
  EXPECT_EQ(media.writes, 0);
}

TEST_F(RecoveryTest, AReadThatSomebodyElseRepairedMeanwhileIsServed) {
  media.Poison(10);
  buffer.assign(kPage, std::byte{0});
  const ssize_t failed = media.ReadFile(kPage, buffer);
  media.poison.clear();
  const Outcome outcome = recovery.Read(kPage, buffer, failed);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_FALSE(outcome.met_poison);
  EXPECT_EQ(media.writes, 0);
}

TEST_F(RecoveryTest, SalvagedBytesNeverOverwriteNewerOnes) {
  media.Poison(10);
  // Another program writes the page whole after the plan was made.
  media.after_locate = [this](int looks) {
    if (looks != 1) return;
    std::vector<std::byte> newer(kPage, kFresh);
    media.WriteFile(kPage, newer);
  };
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.lost_sectors, 0u);
  EXPECT_EQ(media.writes, 1);
  ExpectContent({kPage, 2 * kPage});
}

TEST_F(RecoveryTest, PoisonThatAppearsInBetweenIsRecoveredInAnotherRound) {
  TakeBackup(media.size);
  media.Poison(10);
  media.after_locate = [this](int looks) {
    if (looks == 1) media.Poison(13);
  };
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.backup_sectors, 2u);
  ExpectContent({});
}

TEST_F(RecoveryTest, PoisonThatKeepsAppearingFailsTheIoInTheEnd) {
  media.Poison(10);
  media.after_locate = [this](int looks) {
    if (looks % 2 == 1)
      media.Poison(16 * 8 - static_cast<uint64_t>(looks));
    else
      media.Poison(10);
  };
  media.before_write = [this] { media.poison.insert(10); };
  const Outcome outcome = Read(kPage, 15 * kPage);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_LT(media.looks, 30);
}

TEST_F(RecoveryTest, FirmwareThatRefusesToClearFailsTheIo) {
  media.Poison(10);
  media.refuses_to_clear = true;
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.lost_sectors, 0u);
}

TEST_F(RecoveryTest, TimesAreKeptApart) {
  media.Poison(10);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_GT(outcome.salvage_ticks, 0u);
  EXPECT_GT(outcome.repair_ticks, 0u);
}

TEST_F(RecoveryTest, PagesAreUnlockedWhateverHappens) {
  media.PoisonSecretly(10);
  Read(kPage, kPage);
  EXPECT_EQ(media.unlocks, 1);
  media.locate_error = -EIO;
  Read(kPage, kPage);
  EXPECT_EQ(media.unlocks, 2);
}

TEST_F(RecoveryTest, WithoutALockNothingIsWritten) {
  media.Poison(10);
  media.lock_error = -ENOLCK;
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kLock);
  EXPECT_EQ(outcome.error, ENOLCK);
  EXPECT_EQ(media.writes, 0);
  EXPECT_EQ(media.unlocks, 0);
}

TEST(FlaggedRead, OfAPageThatIsBadAgainAtOnceEndsInAnError) {
  FakeMedia media;
  media.wants_flag = true;
  media.Poison(10);
  media.after_write = [&] { media.Poison(10); };
  Recovery recovery(&media, TickingClock, {.repair = Strategy::kFlag});
  std::vector<std::byte> to(kPage);
  const Outcome outcome = recovery.Read(kPage, to, media.ReadFile(kPage, to));
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kLook);
  EXPECT_EQ(outcome.error, EAGAIN);
}

}  // namespace
}  // namespace daxmend
