// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/page/html_report.h"
#include "results/report/text_report.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Findings Of(const Run& run) {
  return FindingsOf(
      run, LatencyFormat(run.record.environment.clock, Script::kPlain));
}

TEST(Findings, HeadlineSaysWhatOnePageCosts) {
  EXPECT_EQ(Of(SampleRun(Clock::kVirtual)).headline,
            "Recovering one poisoned page costs 116 times a fast read and 199 "
            "times a fast write.");
}

TEST(Findings, OtherIoSizesAreNotCalledAPage) {
  auto run = SampleRun(Clock::kWall);
  for (JobRecord& job : run.record.jobs) job.counters.bytes *= 4;
  EXPECT_THAT(Of(run).headline,
              StartsWith("Recovering a 16 KiB read that meets poison costs "));
}

TEST(Findings, RemarksGiveTheNumbersWithTheirUnit) {
  std::vector<std::string> remarks = Of(SampleRun(Clock::kVirtual)).remarks;
  ASSERT_EQ(remarks.size(), 2u);
  EXPECT_THAT(remarks[0], HasSubstr("726,781, a fast one 6,240 instructions"));
  EXPECT_THAT(remarks[0], HasSubstr("1.4 % more than in fast-read"));
  EXPECT_THAT(Of(SampleRun(Clock::kWall)).remarks[0], HasSubstr("6.240 us"));
}

TEST(Findings, OneRunOfTheWallClockClaimsNoDifferenceOfMeans) {
  const std::string remark = Of(SampleRun(Clock::kWall)).remarks[0];
  EXPECT_THAT(remark, testing::Not(HasSubstr("%")));
  EXPECT_THAT(remark, HasSubstr("cannot tell: daxmend bench can"));
}

TEST(Findings, AHeadlineOfFewRecoveriesSaysHowFew) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs.pop_back();
  run.record.jobs.back() =
      SampleJob("recover-read", 4, "randread", 4096, 512, 6'140, 256);
  EXPECT_THAT(Of(run).headline,
              testing::EndsWith(" times a fast read (of only 2 recoveries)."));
}

TEST(Findings, PoisonOfTheJobsOwnMappingsIsCounted) {
  auto run = SampleRun(Clock::kWall);
  EXPECT_EQ(Of(run).mapping_pages, 0u);
  run.record.jobs[3].options["userfault_poison"] = "64";
  run.record.jobs[4].options["userfault_poison"] = "7\n32";
  run.record.jobs[4].workers = 2;
  EXPECT_EQ(Of(run).mapping_pages, 64u + 2 * 32);
  EXPECT_THAT(TextReport(run), HasSubstr("128 pages of the jobs'"));
  EXPECT_THAT(HtmlReport(run), HasSubstr("128 pages of the jobs\u2019 own"));
}

TEST(Findings, AJobWithoutAWholeRecordIsTold) {
  auto run = SampleRun(Clock::kWall);
  run.record.unfinished = {"fast-read"};
  EXPECT_FALSE(Of(run).clean);
  EXPECT_THAT(Of(run).verdict,
              StartsWith("NOT CLEAN: run.json lacks I/O of job fast-read"));
}

TEST(Findings, WhatIsMissingOfARunIsTold) {
  auto run = SampleRun(Clock::kWall);
  run.gaps = {"a gap."};
  EXPECT_EQ(Of(run).remarks.back(), "a gap.");
}

TEST(Findings, ACleanRunIsCalledClean) {
  Findings findings = Of(SampleRun(Clock::kWall));
  EXPECT_TRUE(findings.clean);
  EXPECT_EQ(findings.verdict,
            "CLEAN: 64 I/Os recovered, none failed, nothing lost, no poison "
            "remains.");
}

TEST(Findings, EverythingThatSpeaksAgainstTheRunIsInTheVerdict) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[3].counters.failed_ios = 3;
  run.record.jobs[4].counters.lost_sectors = 1;
  run.record.poison.remaining_sectors = 24;
  run.fio->jobs[0].error = EIO;
  Findings findings = Of(run);
  EXPECT_FALSE(findings.clean);
  EXPECT_EQ(findings.verdict,
            "NOT CLEAN: 3 I/Os failed, 1 sector lost (zero-filled), 24 sectors "
            "still poisoned, fio job layout ended in error 5 (Input/output "
            "error); 64 I/Os recovered.");
}

TEST(Findings, DisksThatNoListSaysCountAgainstARunThatMetPoison) {
  auto run = SampleRun(Clock::kWall);
  run.record.poison.unlisted_disks = 2;
  EXPECT_THAT(TextReport(run),
              HasSubstr("what remains on 2 disks no list says"));
  auto plain = daxmend::Run();
  plain.record.environment = run.record.environment;
  plain.record.jobs = {run.record.jobs[0]};
  const std::string clean = Of(plain).verdict;
  plain.record.poison.unlisted_disks = 1;
  EXPECT_EQ(Of(plain).verdict, clean);
  EXPECT_THAT(Of(plain).remarks,
              testing::Contains("What is bad on 1 disk no list says."));
}

TEST(Findings, ARunWithoutPoisonClaimsNoRecovery) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs.resize(3);
  Findings findings = Of(run);
  EXPECT_FALSE(findings.clean);
  EXPECT_THAT(findings.headline, HasSubstr("No I/O met poison"));
  EXPECT_EQ(findings.verdict, "No I/O met poison; 33,024 I/Os, none failed.");
}

TEST(Findings, ARecoveryWithNothingToCompareWithGetsNoRatio) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs = {SampleJob("all", 1, "randread", 4096, 5, 1000, 1)};
  EXPECT_THAT(Of(run).headline, HasSubstr("no fast path to compare"));
}

TEST(Findings, AnEmptyRunIsDescribedWithoutACrash) {
  auto run = daxmend::Run();
  run.record.environment.clock = Clock::kWall;
  EXPECT_THAT(Of(run).verdict, HasSubstr("0 I/Os"));
}

}  // namespace
}  // namespace daxmend
