// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/unfinished_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/gate/gate_result.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kLog[] = "results/latest/run.json";

// A run of two jobs and fio's account of it.
class UnfinishedJobsTest : public ::testing::Test {
 protected:
  UnfinishedJobsTest() {
    record_ = SampleRecord(Clock::kVirtual);
    for (JobRecord& job : record_.jobs) {
      job.options["path_log"] = kLog;
      fio_.jobs.push_back({job.name, 0, job.counters.ios, {}});
    }
    fio_.global_options = {{"ioengine", "external:build/fio-daxmend.so"},
                           {"path_log", kLog}};
  }
  std::vector<std::string> Unfinished() const {
    return UnfinishedJobs(record_, fio_);
  }

  RunRecord record_;
  FioResults fio_;
};

TEST_F(UnfinishedJobsTest, AWholeRunHasNone) {
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(UnfinishedJobsTest, AJobThatOnlyFioKnowsIsOne) {
  record_.jobs.erase(record_.jobs.begin() + 1);
  EXPECT_THAT(Unfinished(), ElementsAre("fast-read"));
}

TEST_F(UnfinishedJobsTest, ACloneThatOnlyFioKnowsMakesItsJobOne) {
  fio_.jobs.push_back(fio_.jobs[2]);
  EXPECT_THAT(Unfinished(), ElementsAre("fast-write"));
  record_.jobs[2].workers = 2;
  EXPECT_THAT(Unfinished(), IsEmpty());
  // Records of before do not say how many there were.
  record_.jobs[2].workers = 0;
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(UnfinishedJobsTest, AGroupIsOneEntryOfAllItsWorkers) {
  fio_.jobs[0].options = {{"group_reporting", ""}, {"numjobs", "4"}};
  EXPECT_THAT(Unfinished(), ElementsAre("layout"));
  record_.jobs[0].workers = 4;
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(UnfinishedJobsTest, WhatTheEngineNoticedStays) {
  record_.unfinished = {"recover-read"};
  EXPECT_THAT(Unfinished(), ElementsAre("recover-read"));
}

TEST_F(UnfinishedJobsTest, JobsThatLeaveNoRecordHereAreNone) {
  fio_.jobs.push_back({"idle", 0, 0, {}});
  fio_.jobs.push_back(
      {"other-log", 0, 9, {{"path_log", "elsewhere/run.json"}}});
  fio_.jobs.push_back({"libaio", 0, 9, {{"ioengine", "libaio"}}});
  EXPECT_THAT(Unfinished(), IsEmpty());
  fio_.global_options.pop_back();
  fio_.jobs.push_back({"no-log", 0, 9, {}});
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(UnfinishedJobsTest, OfARunCutShortWhatNeverCameIsSome) {
  EXPECT_THAT(CutShortJobs(record_, {"layout", "held"}), ElementsAre("held"));
  record_.unfinished = {"recover-read"};
  EXPECT_THAT(CutShortJobs(record_, {"held"}),
              ElementsAre("held", "recover-read"));
}

TEST_F(UnfinishedJobsTest, OfARunCutShortWorkersAreCounted) {
  JobRecord& layout = record_.jobs[0];
  // The last of them counts.
  layout.options["numjobs"] = "1\n2\n4";
  layout.workers = 3;
  EXPECT_THAT(CutShortJobs(record_, {}), ElementsAre("layout"));
  layout.workers = 0;
  record_.unfinished = {"recover-read"};
  EXPECT_THAT(CutShortJobs(record_, {}), ElementsAre("recover-read"));
}

TEST_F(UnfinishedJobsTest, ARunCutShortIsNeverWhole) {
  EXPECT_EQ(CutShortJobs(record_, {"layout"}).size(), record_.jobs.size());
}

TEST_F(UnfinishedJobsTest, TheGateRefusesSuchARunAndNamesTheJob) {
  const RunRecord whole = SampleRecord(Clock::kVirtual);
  RunRecord part = whole;
  part.unfinished = {"recover-read"};
  for (const GateResult& result : {JudgeRuns(whole, "a", part, "b", {}, ""),
                                   JudgeRuns(part, "a", whole, "b", {}, "")}) {
    EXPECT_EQ(result.Status(), 2);
    EXPECT_THAT(result.refusal, HasSubstr("job recover-read"));
  }
}

TEST_F(UnfinishedJobsTest, LoadingARunFindsThemInFioJson) {
  const std::string json =
      R"({"fio version":"fio-3.33","global options":{"ioengine":"external:x.so",
      "path_log":"a/run.json"},"jobs":[{"jobname":"gone","error":0,
      "read":{"total_ios":3},"write":{"total_ios":4}}]})";
  EXPECT_EQ(FioResultsFromJson(json, "x").jobs[0].ios, 7u);
  EXPECT_THAT(
      UnfinishedJobs(SampleRecord(Clock::kWall), FioResultsFromJson(json, "x")),
      ElementsAre("gone"));
}

}  // namespace
}  // namespace daxmend
