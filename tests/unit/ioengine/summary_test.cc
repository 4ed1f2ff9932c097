// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ioengine/fio_version.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunState::Left OneJob() {
  JobRecord job;
  job.name = "recover";
  job.access = "syscall";
  job.recovery = "write";
  for (uint64_t ns = 1; ns <= 100; ++ns) job.path(Path::kFast).Record(ns);
  job.path(Path::kRecovery).Record(5000);
  job.counters = {.ios = 101,
                  .bytes = 0,
                  .recovered_ios = 1,
                  .failed_ios = 0,
                  .lost_sectors = 1,
                  .backup_sectors = 2,
                  .salvaged_sectors = 5,
                  .saved_bytes = 3584,
                  .lost_bytes = 512,
                  .left_sectors = 3};
  RunState::Left left;
  left.jobs.push_back(job);
  return left;
}

TEST(Summary, HasARowForEveryPathThatWasTaken) {
  const std::string text = FormatSummary(OneJob(), Clock::kWall);
  // A hundred I/Os tell their 99th percentile, not the 99.9th.
  EXPECT_THAT(text,
              HasSubstr("  recover  fast        100     1    50   99      -   "
                        "100\n"));
  EXPECT_THAT(text, HasSubstr("recover  recovery      1  5000"));
  EXPECT_THAT(text, Not(HasSubstr("salvage  ")));
}

TEST(Summary, SaysWhatItsNumbersAre) {
  EXPECT_THAT(FormatSummary(OneJob(), Clock::kWall),
              HasSubstr("by path, in ns\n"));
  EXPECT_THAT(FormatSummary(OneJob(), Clock::kVirtual),
              HasSubstr("virtual ns = guest instructions"));
}

TEST(Summary, CountsWhatBecameOfTheSectors) {
  EXPECT_THAT(FormatSummary(OneJob(), Clock::kWall),
              HasSubstr("recovered_ios=1 failed_ios=0 lost_sectors=1 "
                        "backup_sectors=2 salvaged_sectors=5 saved_bytes=3584 "
                        "lost_bytes=512 left_sectors=3\n"));
}

TEST(Summary, TellsOfPoisonAndWhereTheLogIs) {
  RunState::Left left = OneJob();
  left.poison = {
      .planted_sectors = 8, .planted_pages = 2, .remaining_sectors = 1};
  left.path_logs = {"results/latest/run.json"};
  const std::string text = FormatSummary(left, Clock::kWall);
  EXPECT_THAT(text,
              HasSubstr("poison: 8 sectors injected in 2 pages, 1 sectors "
                        "remain\n"));
  EXPECT_THAT(text, HasSubstr("written to results/latest/run.json\n"));
}

TEST(Summary, SaysWhenTheClockIsWrongOrWasNotChecked) {
  EXPECT_THAT(
      FormatSummary(OneJob(), Clock::kWall,
                    ClockCheck{ClockVerdict::kWrong, 2.58, 2.58, 1000, ""}),
      HasSubstr("  clock: WRONG: ran at 2.58000 times the host's rate"));
  EXPECT_THAT(
      FormatSummary(OneJob(), Clock::kWall,
                    ClockCheck{ClockVerdict::kUnknown, 0, 0, 0, "no HPET"}),
      HasSubstr("  clock: not checked against the host's: no HPET\n"));
  EXPECT_EQ(FormatSummary(OneJob(), Clock::kWall,
                          ClockCheck{ClockVerdict::kOk, 1, 1, 1000, ""}),
            FormatSummary(OneJob(), Clock::kWall));
}

TEST(Summary, SaysWhichJobsAreNotWhole) {
  RunState::Left left = OneJob();
  left.killed = {{"recover", ""}, {"other", "run.json"}, {"recover", ""}};
  EXPECT_THAT(FormatSummary(left, Clock::kWall),
              HasSubstr("INCOMPLETE: 2 of job recover's workers ended without "
                        "a record"));
  left.jobs.clear();
  EXPECT_THAT(FormatSummary(left, Clock::kWall), HasSubstr("1 of job other's"));
}

TEST(Summary, NamesCannotDriveTheTerminal) {
  RunState::Left left = OneJob();
  left.jobs[0].name = "a\x1b[2J";
  EXPECT_THAT(FormatSummary(left, Clock::kWall), Not(HasSubstr("\x1b")));
}

TEST(Summary, IsEmptyWhenNoJobRan) {
  EXPECT_EQ(FormatSummary({}, Clock::kWall), "");
}

TEST(RefuseFio, AcceptsTheFioItWasBuiltFor) {
  EXPECT_EQ(RefuseFio("fio-3.33", "fio-3.33"), "");
}

TEST(RefuseFio, NamesBothVersionsAndTheWayOutInOneLine) {
  const std::string why = RefuseFio("fio-3.33", "fio-3.34");
  EXPECT_THAT(why, HasSubstr("built for fio-3.33"));
  EXPECT_THAT(why, HasSubstr("loaded by fio-3.34"));
  EXPECT_THAT(why, HasSubstr("FIO_SOURCE_DIR"));
  EXPECT_THAT(why, Not(HasSubstr("\n")));
}

TEST(RefuseFio, RefusesAFioThatDoesNotTellItsVersion) {
  EXPECT_THAT(RefuseFio("fio-3.33", nullptr), HasSubstr("unknown version"));
}

}  // namespace
}  // namespace daxmend
