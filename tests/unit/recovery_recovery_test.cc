// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/recovery_fake_media.h"

namespace daxmend {
namespace {

constexpr uint64_t kPage = kPageBytes;
constexpr uint64_t kSector = kSectorBytes;
constexpr std::byte kFresh{0xA5};

// Advances by one at each look, so that times say how often it was read.
uint64_t TickingClock() {
  static uint64_t now = 0;
  return ++now;
}

class RecoveryTest : public ::testing::Test {
 protected:
  // As an engine does it: the plain I/O first, recovery when it fails.
  Outcome Read(uint64_t offset, size_t length) {
    buffer.assign(length, std::byte{0});
    const ssize_t n = media.ReadFile(offset, buffer);
    EXPECT_LT(n, 0) << "there was nothing to recover";
    return recovery.Read(offset, buffer, n);
  }
  Outcome Write(uint64_t offset, size_t length) {
    buffer.assign(length, kFresh);
    const ssize_t n = media.WriteFile(offset, buffer);
    EXPECT_NE(n, static_cast<ssize_t>(length))
        << "there was nothing to recover";
    media.written.clear();
    return recovery.Write(offset, buffer, n);
  }

  // Every byte of the file below `end` is what it was, but for `lost`, which is
  // zeros, and `fresh`, which was written.
  void ExpectContent(FileRange fresh, std::vector<FileRange> lost = {}) {
    for (uint64_t i = 0; i < media.size; ++i) {
      std::byte expected = FakeMedia::Original(i);
      for (FileRange zeros : lost)
        if (zeros.Contains(i)) expected = std::byte{0};
      if (fresh.Contains(i)) expected = kFresh;
      ASSERT_EQ(media.At(i), expected) << "at byte " << i;
    }
  }
  void TakeBackup(uint64_t length) {
    for (uint64_t i = 0; i < length; ++i)
      media.backup.push_back(FakeMedia::Original(i));
  }

  FakeMedia media;
  Recovery recovery{&media, TickingClock};
  std::vector<std::byte> buffer;
};

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

TEST_F(RecoveryTest, WhatAWriteReplacesIsNeitherSavedNorLost) {
  media.Poison(3 * 8);
  const Outcome outcome = Write(2 * kPage, kPage + 200);
  EXPECT_EQ(outcome.lost_bytes, 312u);
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
  EXPECT_EQ(outcome.detect_ns, 0u);
  EXPECT_EQ(outcome.salvage_ns, 0u);
  EXPECT_GT(outcome.repair_ns, 0u);
  EXPECT_EQ(media.looks, 0);
  ExpectContent({kPage, 2 * kPage});
}

TEST_F(RecoveryTest, AnOverwriteOfAPartIsRecoveredLikeAnyWrite) {
  media.Poison(10);
  const std::vector<std::byte> from(100, kFresh);
  const Outcome outcome = recovery.Overwrite(kPage, from);
  EXPECT_EQ(outcome.result, 100);
  EXPECT_GT(outcome.detect_ns, 0u);
  ExpectContent({kPage, kPage + 100}, {{10 * kSector, 11 * kSector}});
}

TEST_F(RecoveryTest, TimesAreKeptApart) {
  media.Poison(10);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_GT(outcome.salvage_ns, 0u);
  EXPECT_GT(outcome.repair_ns, 0u);
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
  EXPECT_EQ(Read(kPage, kPage).result, -ENOLCK);
  EXPECT_EQ(media.writes, 0);
  EXPECT_EQ(media.unlocks, 0);
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

TEST(IsPoisonError, TakesFaultsForPoisonOnlyInWrites) {
  EXPECT_TRUE(IsPoisonError(EIO, false));
  EXPECT_TRUE(IsPoisonError(EIO, true));
  EXPECT_TRUE(IsPoisonError(EHWPOISON, false));
  EXPECT_TRUE(IsPoisonError(EFAULT, true));
  EXPECT_FALSE(IsPoisonError(EFAULT, false));
  EXPECT_FALSE(IsPoisonError(ENOSPC, true));
}

class PunchTest : public ::testing::Test {
 protected:
  FakeMedia media;
  Recovery recovery{&media, TickingClock, Repair::kPunch};
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
  EXPECT_EQ(media.left_behind, 1u);
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
  EXPECT_EQ(media.left_behind, 2u);
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
  EXPECT_EQ(recovery.Read(kPage, to, -EIO).result, -EOPNOTSUPP);
  EXPECT_EQ(media.writes, 0);
}

}  // namespace
}  // namespace daxmend
