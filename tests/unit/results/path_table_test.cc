// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/path_table.h"

#include <gtest/gtest.h>

#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

JobRecord Job(const std::string& name, uint64_t number, const std::string& rw,
              uint64_t block = 4096) {
  return SampleJob(name, number, rw, block, 100, 1000 + number, 0);
}

JobRecord Recovering(const std::string& name, uint64_t number,
                     const std::string& rw) {
  return SampleJob(name, number, rw, 4096, 100, 1000, 10);
}

std::string ReferenceOf(const RunRecord& record, const std::string& name) {
  for (const JobRecord& job : record.jobs)
    if (job.name == name) {
      const JobRecord* reference = FindReference(record, job);
      return reference ? reference->name : "";
    }
  return "no such job";
}

TEST(PathTable, KnowsTheDirectionOfEveryFioPattern) {
  EXPECT_EQ(DirectionOf("read"), Direction::kRead);
  EXPECT_EQ(DirectionOf("randread"), Direction::kRead);
  EXPECT_EQ(DirectionOf("randwrite"), Direction::kWrite);
  EXPECT_EQ(DirectionOf("randrw"), Direction::kMixed);
  EXPECT_EQ(DirectionOf("readwrite"), Direction::kMixed);
  EXPECT_EQ(DirectionOf("trim"), Direction::kOther);
}

TEST(PathTable, ComparesReadsWithReadsAndWritesWithWrites) {
  RunRecord record = SampleRecord(Clock::kWall);
  EXPECT_EQ(ReferenceOf(record, "recover-read"), "fast-read");
  EXPECT_EQ(ReferenceOf(record, "recover-write"), "fast-write");
  EXPECT_EQ(ReferenceOf(record, "fast-read"), "fast-read");
}

TEST(PathTable, DoesNotCompareWithAnotherIoSize) {
  RunRecord record;
  record.AddJob(Job("big", 1, "randread", 1 << 20));
  record.AddJob(Recovering("recover", 2, "randread"));
  EXPECT_EQ(ReferenceOf(record, "recover"), "recover");
}

TEST(PathTable, PrefersTheSameAccessThenThePatternThenNoRecovery) {
  RunRecord record;
  JobRecord mmap = Job("mmap", 1, "randread");
  mmap.access = "mmap";
  record.AddJob(mmap);
  record.AddJob(Job("sequential", 2, "read"));
  JobRecord able = Job("able", 3, "randread");
  able.recovery = "write";
  record.AddJob(able);
  record.AddJob(Recovering("recover", 9, "randread"));
  EXPECT_EQ(ReferenceOf(record, "recover"), "able");
  record.AddJob(Job("plain", 4, "randread"));
  record.AddJob(Job("later", 5, "randread"));
  EXPECT_EQ(ReferenceOf(record, "recover"), "plain");
}

TEST(PathTable, AJobThatMetPoisonIsNobodysReference) {
  RunRecord record;
  record.AddJob(Recovering("first", 1, "randread"));
  record.AddJob(Recovering("second", 2, "randread"));
  JobRecord failing = Job("failing", 3, "randread");
  failing.counters.failed_ios = 1;
  record.AddJob(failing);
  EXPECT_EQ(ReferenceOf(record, "second"), "second");
}

TEST(PathTable, AJobWhoseEveryIoMetPoisonHasNoRatio) {
  RunRecord record;
  record.AddJob(SampleJob("all", 1, "randread", 4096, 5, 1000, 1));
  for (const PathRow& row : MakePathTable(record))
    EXPECT_FALSE(row.has_ratio());
}

TEST(PathTable, ListsThePathsThatWereTakenWithRatiosOfMedians) {
  RunRecord record = SampleRecord(Clock::kWall);
  std::vector<PathRow> rows = MakePathTable(record);
  ASSERT_EQ(rows.size(), 3u + 5u + 4u);  // writes need no salvage
  const PathRow& recovery = rows[7];
  EXPECT_EQ(recovery.job->name, "recover-read");
  EXPECT_EQ(recovery.path, Path::kRecovery);
  EXPECT_DOUBLE_EQ(
      recovery.ratio(),
      static_cast<double>(recovery.latency().Percentile(50)) /
          static_cast<double>(record.jobs[1].path(Path::kFast).Percentile(50)));
}

TEST(PathTable, AFastPathOfZeroGivesNoRatio) {
  RunRecord record;
  JobRecord job = Job("zero", 1, "randread");
  job.paths = {};
  job.path(Path::kFast).Record(0);
  record.AddJob(job);
  EXPECT_FALSE(MakePathTable(record).at(0).has_ratio());
}

}  // namespace
}  // namespace daxmend
