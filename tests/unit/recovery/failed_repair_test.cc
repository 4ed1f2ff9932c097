// SPDX-License-Identifier: GPL-2.0-only
//
// Repairs that are refused before anything is touched, and those that fail
// after: what was saved is then only in memory.

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>

#include "recovery/failure_text.h"
#include "recovery/unreadable.h"
#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

// Media whose next writes and device reads answer as they are told to.
class ScriptedMedia : public FakeMedia {
 public:
  // -errno, or of how many bytes the write is.
  std::deque<ssize_t> write_answers;
  ssize_t every_write = 0;  // once the others are used up; 0: as it is
  bool clears = false;      // the poison, even where a write fails
  std::deque<int> device_answers;

  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override {
    ssize_t answer = every_write;
    if (!write_answers.empty()) {
      answer = write_answers.front();
      write_answers.pop_front();
    }
    if (answer < 0) {
      if (clears) poison.clear();
      return answer;
    }
    const size_t length =
        answer == 0 ? from.size()
                    : std::min(from.size(), static_cast<size_t>(answer));
    return FakeMedia::WriteFile(offset, from.first(length));
  }
  ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) override {
    if (!device_answers.empty()) {
      const int answer = device_answers.front();
      device_answers.pop_front();
      if (answer != 0) return answer;
    }
    return FakeMedia::ReadDevice(from, to);
  }
};

class FailedRepair : public ::testing::Test {
 protected:
  Outcome Read(Strategy repair) {
    Recovery recovery(&media, TickingClock, {.repair = repair});
    return recovery.Read(kPage, buffer, -EIO);
  }
  ScriptedMedia media;
  std::vector<std::byte> buffer = std::vector<std::byte>(kPage);
};

TEST_F(FailedRepair, PunchRefusesAFullFileSystemBeforeItTouchesAnything) {
  media.Poison(10);
  media.reserve_error = -ENOSPC;
  const auto before = media.bytes;
  const Outcome outcome = Read(Strategy::kPunch);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kReserve);
  EXPECT_EQ(outcome.error, ENOSPC);
  EXPECT_EQ(outcome.lost_bytes, 0u);
  EXPECT_TRUE(media.punched.empty());
  EXPECT_EQ(media.writes, 0);
  EXPECT_EQ(media.bytes, before);
  EXPECT_EQ(media.poison.size(), 1u);
}

TEST_F(FailedRepair, AShortWriteAfterAPunchIsContinued) {
  media.Poison(10);
  media.write_answers = {512, -EINTR, 3000};
  const Outcome outcome = Read(Strategy::kPunch);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.lost_bytes, kSector);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
  for (uint64_t i = 0; i < kPage; ++i)
    ASSERT_EQ(buffer[i],
              i / kSector == 2 ? std::byte{0} : FakeMedia::Original(kPage + i))
        << i;
}

TEST_F(FailedRepair, AWriteThatFindsNoRoomAfterAPunchGetsWhatWasReserved) {
  media.Poison(10);
  media.write_answers = {-ENOSPC};
  const Outcome outcome = Read(Strategy::kPunch);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.lost_bytes, kSector);
  EXPECT_EQ(media.releases, 1);
}

TEST_F(FailedRepair, WhatIsGoneAfterAPunchIsCountedAndTheIoFails) {
  media.Poison(10);
  media.every_write = -ENOSPC;
  const Outcome outcome = Read(Strategy::kPunch);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kWrite);
  EXPECT_EQ(outcome.error, ENOSPC);
  EXPECT_EQ(outcome.lost_bytes, kPage);
  EXPECT_EQ(outcome.lost_sectors, 8u);
}

TEST_F(FailedRepair, OfARunOfPagesThoseThatWereWrittenAreNotLost) {
  media.Poison(8);
  media.Poison(16);
  media.Poison(24);
  buffer.resize(3 * kPage);
  // The first page, a part of the second, then nothing any more.
  media.write_answers = {static_cast<ssize_t>(kPage + 512)};
  media.every_write = -EIO;
  const Outcome outcome = Read(Strategy::kPunch);
  EXPECT_EQ(outcome.result, -EIO);
  // A sector of the first was bad, as was the one that is there of the second.
  EXPECT_EQ(outcome.lost_sectors, 1u + 8u + 8u);
}

TEST_F(FailedRepair, AWriteOfWholePagesThatFailsAfterAPunchCountsThem) {
  media.Poison(10);
  media.every_write = -ENOSPC;
  Recovery recovery(&media, TickingClock, {.repair = Strategy::kPunch});
  const std::vector<std::byte> from(2 * kPage, kFresh);
  const Outcome outcome = recovery.Overwrite(kPage, from);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.lost_bytes, kPage);
}

TEST_F(FailedRepair, WhatTheFirmwareHasClearedIsCountedWhenItsWriteFails) {
  media.Poison(10);
  media.every_write = -ENOSPC;
  const Outcome outcome = Read(Strategy::kClear);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kWrite);
  // The good sectors are where they were.
  EXPECT_EQ(outcome.lost_sectors, 1u);
  EXPECT_EQ(outcome.saved_bytes, 7 * kSector);
}

TEST_F(FailedRepair, WhatAWriteHasClearedIsCountedThoughItWasInterrupted) {
  for (const int error : {EINTR, ENOMEM, EIO}) {
    media.Poison(10);
    media.clears = true;
    media.every_write = -error;
    const Outcome outcome = Read(Strategy::kWrite);
    EXPECT_EQ(outcome.result, -EIO);
    EXPECT_EQ(outcome.failed, Step::kWrite) << error;
    EXPECT_EQ(outcome.lost_sectors, 1u) << error;
  }
}

TEST_F(FailedRepair, AWidenedWriteThatIsShortIsContinued) {
  media.Poison(10);
  Recovery recovery(&media, TickingClock, {.repair = Strategy::kWrite});
  // One is the I/O's own.
  media.write_answers = {-EFAULT, 4096, 0};
  const std::vector<std::byte> from(kPage + 100, kFresh);
  ASSERT_EQ(media.WriteFile(kPage + 100, from), -EFAULT);
  const Outcome outcome = recovery.Write(kPage + 100, from, -EFAULT);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(from.size()));
  EXPECT_EQ(outcome.lost_sectors, 0u);
  EXPECT_EQ(media.At(kPage), FakeMedia::Original(kPage));
}

TEST_F(FailedRepair, AFileThatAFailedWriteHasLengthenedIsCutBack) {
  media.Truncate(kPage + 700);
  media.truncates = 0;
  media.Poison(8);
  media.write_answers = {1024};
  media.every_write = -EIO;
  EXPECT_EQ(Read(Strategy::kWrite).result, -EIO);
  EXPECT_EQ(media.size, kPage + 700);
}

TEST_F(FailedRepair, AnInterruptedReadOfAGoodSectorLosesNothing) {
  media.Poison(10);
  media.device_answers = {-EINTR, -EAGAIN, 0, -EINTR};
  const Outcome outcome = Read(Strategy::kWrite);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  EXPECT_EQ(outcome.salvaged_sectors, 7u);
}

TEST_F(FailedRepair, AGoodSectorThatCannotBeReadFailsTheIoAndIsLeftAlone) {
  media.Poison(10);
  media.device_answers = {-ENXIO, -ENXIO};
  const Outcome outcome = Read(Strategy::kWrite);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kSalvage);
  EXPECT_EQ(outcome.error, ENXIO);
  EXPECT_EQ(outcome.lost_sectors, 0u);
  EXPECT_EQ(media.writes, 0);
}

class SharedBlocks : public ::testing::TestWithParam<Strategy> {};

TEST_P(SharedBlocks, AreRefusedBeforeAnythingIsTouched) {
  FakeMedia media;
  media.wants_flag = GetParam() == Strategy::kFlag;
  media.shared = {1, 5};
  media.Poison(10);
  media.Poison(41);
  std::vector<std::byte> buffer(kPage);
  Recovery recovery(&media, TickingClock, {.repair = GetParam()});
  Outcome outcome = recovery.Read(kPage, buffer, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kShared);
  outcome = recovery.Write(5 * kPage, buffer, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kShared);
  EXPECT_EQ(media.writes, 0);
  EXPECT_TRUE(media.asked_to_clear.empty());
  EXPECT_EQ(outcome.lost_sectors, 0u);
}

INSTANTIATE_TEST_SUITE_P(Recovery, SharedBlocks,
                         ::testing::Values(Strategy::kWrite, Strategy::kFlag,
                                           Strategy::kClear));

TEST(SharedBlocks, ArePunched) {
  FakeMedia media;
  media.shared = {1};
  media.Poison(10);
  std::vector<std::byte> buffer(kPage);
  Recovery recovery(&media, TickingClock, {.repair = Strategy::kPunch});
  EXPECT_EQ(recovery.Read(kPage, buffer, -EIO).result,
            static_cast<ssize_t>(kPage));
}

TEST(SharedBlocks, DoNotKeepOtherPagesFromBeingRepaired) {
  FakeMedia media;
  media.shared = {0, 2};
  media.Poison(10);
  std::vector<std::byte> buffer(3 * kPage);
  Recovery recovery(&media, TickingClock, {.repair = Strategy::kClear});
  EXPECT_EQ(recovery.Read(0, buffer, -EIO).result,
            static_cast<ssize_t>(buffer.size()));
}

TEST(FailureText, NamesTheCauseAndTheWayOut) {
  EXPECT_NE(FailureText(Step::kShared, EIO, "").find("recovery=punch"),
            std::string::npos);
  const std::string full = FailureText(Step::kReserve, ENOSPC, "");
  EXPECT_NE(full.find("nothing was changed: free some, or use recovery=write"),
            std::string::npos)
      << full;
  for (Step step : {Step::kLook, Step::kClear})
    EXPECT_NE(FailureText(step, ESTALE, "").find("was moved"),
              std::string::npos);
  for (Step step : {Step::kLock, Step::kLook, Step::kShared, Step::kSalvage,
                    Step::kClear, Step::kReserve, Step::kPunch, Step::kWrite}) {
    const std::string text = FailureText(step, ENXIO, "");
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(FindUnreadable, FindsEveryBadUnitAndNoOther) {
  const std::vector<FileRange> bad = {
      {512, 1024}, {7 * 512, 9 * 512}, {65536 - 512, 65536}};
  std::vector<FileRange> found;
  EXPECT_EQ(FindUnreadable(
                FileRange{0, 65536}, 512,
                [&](FileRange part) {
                  return IntersectAll(part, bad).empty() ? 0 : -EIO;
                },
                &found),
            0);
  EXPECT_EQ(Normalize(found), bad);
}

TEST(FindUnreadable, PassesOtherErrorsOnAndTriesTransientOnesAgain) {
  std::vector<FileRange> found;
  EXPECT_EQ(
      FindUnreadable(
          FileRange{0, 4096}, 512, [](FileRange) { return -ENXIO; }, &found),
      -ENXIO);
  int calls = 0;
  EXPECT_EQ(FindUnreadable(
                FileRange{0, 4096}, 512,
                [&](FileRange) { return ++calls < 3 ? -EINTR : 0; }, &found),
            0);
  EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace daxmend
