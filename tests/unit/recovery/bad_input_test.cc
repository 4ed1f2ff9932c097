// SPDX-License-Identifier: GPL-2.0-only
//
// Files and devices that change under a recovery, by every strategy.

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

class UnderEveryStrategy : public ::testing::TestWithParam<Strategy> {
 protected:
  UnderEveryStrategy() { media.wants_flag = GetParam() == Strategy::kFlag; }
  FakeMedia media;
  Recovery recovery{&media, TickingClock, {.repair = GetParam()}};
  std::vector<std::byte> buffer = std::vector<std::byte>(8 * kPage);
};

TEST_P(UnderEveryStrategy, APageThatIsCutOffMeanwhileIsNotWrittenAgain) {
  media.Truncate(8 * kPage);
  media.Poison(6 * 8 + 1);
  media.after_locate = [this](int looks) {
    if (looks == 1) media.Truncate(3 * kPage);
  };
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(media.size, 3 * kPage);
  // By the flag what is in front of the page is read before that.
  EXPECT_EQ(
      outcome.result,
      static_cast<ssize_t>((GetParam() == Strategy::kFlag ? 6 : 3) * kPage));
  EXPECT_EQ(outcome.lost_bytes, 0u);
}

TEST_P(UnderEveryStrategy, APageThatIsCutInItsMiddleKeepsItsNewEnd) {
  media.Truncate(8 * kPage);
  media.Poison(7 * 8);
  media.after_locate = [this](int looks) {
    if (looks == 1) media.Truncate(7 * kPage + 100);
  };
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(7 * kPage + 100));
  EXPECT_EQ(media.size, 7 * kPage + 100);
  EXPECT_EQ(outcome.lost_bytes, 100u);
}

TEST_P(UnderEveryStrategy, APageThatBecameAHoleIsLeftAlone) {
  media.Poison(2 * 8);
  media.after_locate = [this](int looks) {
    if (looks != 1) return;
    media.poison.clear();
    media.holes.insert(2);
  };
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_EQ(outcome.lost_sectors, 0u);
  EXPECT_EQ(media.writes, 0);
}

TEST_P(UnderEveryStrategy, APageThatIsPoisonedAgainRightAfterIsRepairedAgain) {
  media.backup.assign(media.bytes.begin(), media.bytes.end());
  media.Poison(2 * 8);
  int writes = 0;
  media.after_write = [&] {
    if (++writes == 1) media.Poison(2 * 8 + 5);
  };
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_EQ(outcome.backup_sectors, 2u);
  EXPECT_EQ(media.writes, 2);
  EXPECT_TRUE(media.poison.empty());
  for (size_t i = 0; i < buffer.size(); ++i)
    ASSERT_EQ(buffer[i], FakeMedia::Original(i)) << i;
}

TEST_P(UnderEveryStrategy, AFileSystemMountedReadOnlyFailsTheReadAndSaysSo) {
  media.Poison(8);
  media.lock_error = -EROFS;
  const Outcome outcome = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kLock);
  EXPECT_EQ(outcome.error, EROFS);
  EXPECT_EQ(media.writes, 0);
  EXPECT_TRUE(media.asked_to_clear.empty());
}

TEST_P(UnderEveryStrategy, ADeviceThatIsRemovedFailsTheIo) {
  media.Poison(8);
  media.after_locate = [this](int) { media.locate_error = -EIO; };
  const std::vector<std::byte> from(100, kFresh);
  EXPECT_EQ(recovery.Read(0, buffer, -EIO).result, -EIO);
  const Outcome outcome = recovery.Write(kPage, from, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kLook);
  EXPECT_EQ(media.writes, 0);
  EXPECT_EQ(media.unlocks, 2);
}

TEST_P(UnderEveryStrategy, AWriteThatFailsOnceIsTriedAgain) {
  media.Poison(8);
  media.refusals = 1;
  const Outcome read = recovery.Read(0, buffer, -EIO);
  EXPECT_EQ(read.result, static_cast<ssize_t>(buffer.size()));
  EXPECT_EQ(read.failed, Step::kNone);
  EXPECT_EQ(read.lost_sectors, 1u);
  media.Poison(8);
  media.refusals = 1;
  const std::vector<std::byte> from(100, kFresh);
  const Outcome write = recovery.Write(kPage, from, -EIO);
  EXPECT_EQ(write.result, 100);
  EXPECT_EQ(write.failed, Step::kNone);
}

TEST_P(UnderEveryStrategy, AHoleIsNothingToRecover) {
  media.holes.insert(1);
  media.Poison(2 * 8);
  const Outcome outcome =
      recovery.Read(kPage, std::span(buffer).first(kPage), -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_FALSE(outcome.met_poison);
  EXPECT_EQ(media.writes, 0);
}

std::string Name(const ::testing::TestParamInfo<Strategy>& info) {
  constexpr const char* kRepairs[] = {"None", "Write", "Flag", "Clear",
                                      "Punch"};
  return kRepairs[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Recovery, UnderEveryStrategy,
                         ::testing::Values(Strategy::kWrite, Strategy::kFlag,
                                           Strategy::kClear, Strategy::kPunch),
                         Name);

}  // namespace
}  // namespace daxmend
