// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/flag_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/error.h"
#include "recovery/failure_text.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr FlagTrial kAccepted = {.read_error = 0, .overrides_append = false};
constexpr FlagTrial kRefused = {.read_error = EOPNOTSUPP,
                                .overrides_append = false};
constexpr FlagTrial kNoAppend = {.read_error = 0, .overrides_append = true};

FlagSupport Judge(unsigned flag, const char* release, const FlagTrial& trial) {
  return JudgeFlag(flag, release, trial).support;
}

TEST(JudgeFlag, ARefusedBitIsUnsupported) {
  EXPECT_EQ(Judge(0x20, "6.1.0-56-amd64", kRefused), FlagSupport::kUnsupported);
  EXPECT_THAT(JudgeFlag(0x20, "6.1.0-56-amd64", kRefused).finding,
              HasSubstr("Linux 6.1.0-56-amd64 does not have it"));
}

TEST(JudgeFlag, AnAcceptedBitThatNobodyElseUsesIsRecovery) {
  EXPECT_EQ(Judge(0x20, "6.1.0-daxmend", kAccepted), FlagSupport::kRecovery);
  EXPECT_EQ(Judge(0x20, "5.15.3", kAccepted), FlagSupport::kRecovery);
  EXPECT_EQ(Judge(0x200, "6.18.0", kAccepted), FlagSupport::kRecovery);
}

TEST(JudgeFlag, ABitThatTheVersionUsesForSomethingElseNeverIs) {
  struct {
    unsigned flag;
    const char *before, *since, *name;
  } kBits[] = {{0x20, "6.8.12", "6.9.0", "RWF_NOAPPEND"},
               {0x40, "6.10.1", "6.11-rc1", "RWF_ATOMIC"},
               {0x80, "6.13.0", "6.14.2", "RWF_DONTCACHE"},
               {0x100, "6.17.9", "6.18.0", "RWF_NOSIGNAL"}};
  for (const auto& bit : kBits) {
    EXPECT_EQ(Judge(bit.flag, bit.before, kAccepted), FlagSupport::kRecovery);
    for (const char* release : {bit.since, "6.100.0", "7.0.1"})
      for (const FlagTrial& trial : {kAccepted, kRefused, kNoAppend}) {
        const FlagProbe probe = JudgeFlag(bit.flag, release, trial);
        EXPECT_EQ(probe.support, FlagSupport::kOther) << release;
        EXPECT_THAT(probe.finding, HasSubstr(bit.name));
      }
  }
  for (unsigned old : {1u, 2u, 4u, 8u, 0x10u})
    EXPECT_EQ(Judge(old, "5.19.0", kAccepted), FlagSupport::kOther) << old;
}

TEST(JudgeFlag, ABitThatBehavesAsSomethingElseIsThatWhateverTheVersion) {
  EXPECT_EQ(Judge(0x20, "6.8.0-vendor", kNoAppend), FlagSupport::kOther);
}

TEST(JudgeFlag, AVersionThatCannotBeReadLeavesItToTheTrial) {
  EXPECT_EQ(Judge(0x20, "custom", kRefused), FlagSupport::kUnsupported);
  EXPECT_EQ(Judge(0x20, "custom", kNoAppend), FlagSupport::kOther);
}

TEST(TryFlag, TellsARefusedBitFromAnAcceptedOne) {
  const std::string directory = ::testing::TempDir();
  EXPECT_EQ(TryFlag(0x40000000, directory).read_error, EOPNOTSUPP);
  const FlagTrial dsync = TryFlag(2, directory);
  EXPECT_EQ(dsync.read_error, 0);
  EXPECT_FALSE(dsync.overrides_append);
}

TEST(TryFlag, SeesThatABitOverridesAppend) {
  const FlagTrial trial = TryFlag(0x20, ::testing::TempDir());
  if (trial.read_error == EOPNOTSUPP) GTEST_SKIP() << "needs Linux 6.9";
  EXPECT_TRUE(trial.overrides_append);
}

TEST(TryFlag, NamesTheDirectoryWhereItCannotWrite) {
  try {
    TryFlag(0x20, "/nonexistent");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("/nonexistent"));
  }
}

TEST(FailureText, IsOneLineWithTheCauseForEveryStep) {
  for (Step step :
       {Step::kLock, Step::kLook, Step::kClear, Step::kPunch, Step::kWrite})
    for (int error : {EIO, EROFS, ENOSPC, EOPNOTSUPP, EAGAIN, EFAULT}) {
      const std::string text = FailureText(step, error, "");
      EXPECT_FALSE(text.empty());
      EXPECT_THAT(text, Not(HasSubstr("\n")));
    }
  EXPECT_THAT(FailureText(Step::kLock, EROFS, ""), HasSubstr("read-only"));
  EXPECT_THAT(FailureText(Step::kClear, EOPNOTSUPP, "ndbus0 has no command"),
              HasSubstr("ndbus0 has no command (Operation not supported)"));
}

}  // namespace
}  // namespace daxmend
