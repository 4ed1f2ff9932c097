// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

TEST_F(RecoveryTest, WhatAWriteReplacesIsNeitherSavedNorLost) {
  media.Poison(3 * 8);
  const Outcome outcome = Write(2 * kPage, kPage + 200);
  EXPECT_EQ(outcome.lost_bytes, 312u);
  EXPECT_EQ(outcome.saved_bytes, 7 * 512u);
}

TEST_F(RecoveryTest, A512ByteWriteLosesNothingElseInItsPage) {
  media.Poison(10);
  const Outcome outcome = Write(10 * kSector, kSector);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kSector));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  EXPECT_EQ(outcome.lost_sectors, 0u);
  ExpectContent({10 * kSector, 11 * kSector});
}

TEST_F(RecoveryTest, AWriteBesideTheBadSectorLosesThatSectorOnly) {
  media.Poison(10);
  const Outcome outcome = Write(12 * kSector + 3, 100);
  EXPECT_EQ(outcome.result, 100);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  ExpectContent(FileRange::OfLength(12 * kSector + 3, 100),
                {{10 * kSector, 11 * kSector}});
}

TEST_F(RecoveryTest, AWriteInsideTheBadSectorKeepsItsRestFromTheBackup) {
  TakeBackup(media.size);
  media.Poison(10);
  const Outcome outcome = Write(10 * kSector + 5, 7);
  EXPECT_EQ(outcome.result, 7);
  EXPECT_EQ(outcome.backup_sectors, 1u);
  ExpectContent(FileRange::OfLength(10 * kSector + 5, 7));
}

TEST_F(RecoveryTest, AWriteAcrossPagesRecoversItsRaggedEndsAndItsMiddle) {
  TakeBackup(media.size);
  for (uint64_t page = 1; page < 6; ++page) media.Poison(page * 8 + 3);
  const FileRange range{kPage + 100, 5 * kPage + 300};
  const Outcome outcome = Write(range.begin, range.length());
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(range.length()));
  EXPECT_TRUE(media.poison.empty());
  ExpectContent(range);
}

TEST_F(RecoveryTest, AWriteThatStoppedShortAtPoisonIsFinished) {
  media.Poison(3 * 8);  // the last page of the write, covered in part
  const FileRange range{kPage, 3 * kPage + 200};
  const Outcome outcome = Write(range.begin, range.length());
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(range.length()));
  ExpectContent(range, {{3 * kPage + 200, 3 * kPage + kSector}});
  EXPECT_EQ(outcome.lost_sectors, 1u);
}

TEST_F(RecoveryTest, AWriteThatStartsInAGoodPageRepairsThePoisonedOneBehindIt) {
  media.Poison(3 * 8 + 5);  // not the first sector of its page
  const FileRange range{kPage + 512, 6 * kPage};
  const Outcome outcome = Write(range.begin, range.length());
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(range.length()));
  EXPECT_EQ(outcome.lost_sectors, 0u);
  ExpectContent(range);
}

TEST_F(RecoveryTest, GoodPagesOfAWriteAreNotWidened) {
  media.Poison(3 * 8);
  const FileRange range{kPage + 100, 4 * kPage - 100};
  Write(range.begin, range.length());
  for (FileRange part : media.written)
    EXPECT_TRUE(range.Contains(part) || part.begin == 3 * kPage)
        << part.begin << ".." << part.end;
}

TEST_F(RecoveryTest, AWriteThatLengthensTheFileEndsWhereItEnds) {
  media.Truncate(5 * kPage + 100);
  media.Poison(5 * 8);
  const FileRange range{5 * kPage + 50, 5 * kPage + 900};
  const Outcome outcome = Write(range.begin, range.length());
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(range.length()));
  EXPECT_EQ(media.size, range.end);
  ExpectContent(range, {{5 * kPage, 5 * kPage + 50}});
}

TEST_F(RecoveryTest, AWriteErrorThatIsNotPoisonStaysAnError) {
  const std::vector<std::byte> from(100, kFresh);
  media.PoisonSecretly(10);  // which the fake answers with EFAULT
  const Outcome outcome = recovery.Write(10 * kSector, from, -EFAULT);
  EXPECT_EQ(outcome.result, -EFAULT);
  EXPECT_FALSE(outcome.met_poison);
}

TEST_F(RecoveryTest, AnOverwriteOfWholePagesIsRepairedByTheKernelItself) {
  media.Poison(10);
  const std::vector<std::byte> from(kPage, kFresh);
  const Outcome outcome = recovery.Overwrite(kPage, from);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_TRUE(outcome.met_poison);
  EXPECT_EQ(outcome.detect_ticks, 0u);
  EXPECT_EQ(outcome.salvage_ticks, 0u);
  EXPECT_GT(outcome.repair_ticks, 0u);
  EXPECT_EQ(media.looks, 0);
  ExpectContent({kPage, 2 * kPage});
}

TEST_F(RecoveryTest, AnOverwriteOfAPartIsRecoveredLikeAnyWrite) {
  media.Poison(10);
  const std::vector<std::byte> from(100, kFresh);
  const Outcome outcome = recovery.Overwrite(kPage, from);
  EXPECT_EQ(outcome.result, 100);
  EXPECT_GT(outcome.detect_ticks, 0u);
  ExpectContent({kPage, kPage + 100}, {{10 * kSector, 11 * kSector}});
}

TEST_F(RecoveryTest, AnOverwriteOfAPartThatPassesMetNoPoison) {
  // What was known is old: another I/O has repaired the page.
  const std::vector<std::byte> from(kSector, kFresh);
  const Outcome outcome = recovery.Overwrite(10 * kSector, from);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kSector));
  EXPECT_FALSE(outcome.met_poison);
}

TEST_F(RecoveryTest, UnwrittenPoisonedPagesBecomeZerosAndLoseNothing) {
  media.unwritten.insert(1);
  media.Poison(10);
  const Outcome outcome = Write(kPage + 100, 50);
  EXPECT_EQ(outcome.result, 50);
  EXPECT_EQ(outcome.lost_sectors, 0u);
  EXPECT_EQ(media.At(kPage), std::byte{0});
  EXPECT_EQ(media.At(kPage + 120), kFresh);
}

TEST(IsPoisonError, IsWhatTheKernelAnswersToPoison) {
  EXPECT_TRUE(IsPoisonError(EIO));
  EXPECT_TRUE(IsPoisonError(EHWPOISON));
  EXPECT_TRUE(IsPoisonError(EFAULT));
  EXPECT_FALSE(IsPoisonError(ENOSPC));
}

}  // namespace
}  // namespace daxmend
