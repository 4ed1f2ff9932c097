// SPDX-License-Identifier: GPL-2.0-only
//
// results/reference/policy.json on the reference run: what two builds of the
// same code differ in is not called worse, and what a change of the code costs
// is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "results/gate/gate_formats.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

const std::string kReference =
    std::string(DAXMEND_TEST_DATA) + "/../../results/reference/";

const RunRecord& ReferenceRun() {
  static const RunRecord record = RunRecordFromJson(
      ReadFile(kReference + "recovery/run.json"), "recovery/run.json");
  return record;
}

JobRecord& Job(RunRecord& record, const std::string& name) {
  for (JobRecord& job : record.jobs)
    if (job.name == name) return job;
  throw std::out_of_range(name);
}

GateResult JudgeByPolicy(const RunRecord& next) {
  static const Policy policy =
      PolicyFromJson(ReadFile(kReference + "policy.json"), "policy.json");
  return JudgeRuns(ReferenceRun(), "base", next, "new", policy, "policy.json");
}

Verdict VerdictOf(const GateResult& result, const MetricKey& key) {
  for (const GateRow& row : result.rows)
    if (row.key == key) return row.verdict;
  throw std::out_of_range(key.Text());
}

// The largest of the samples took `ns`, as when an interrupt fell into it.
void Interrupt(LatencyHistogram& h, uint64_t ns) {
  auto bins = h.Bins();
  const uint64_t was = h.max();
  if (--bins.back().second == 0) bins.pop_back();
  bins.emplace_back(ns, 1);
  h = LatencyHistogram::FromBins(bins, h.min(), ns, h.sum() + ns - was);
}

void Slower(LatencyHistogram& h, double by) {
  auto slow = [by](uint64_t ns) {
    return static_cast<uint64_t>(
        std::llround(static_cast<double>(ns) * (1 + by)));
  };
  std::vector<std::pair<uint64_t, uint64_t>> bins;
  for (auto [upper, count] : h.Bins()) {
    const uint64_t ns = slow(std::min(upper, h.max()));
    if (!bins.empty() && LatencyHistogram::BucketOf(bins.back().first) ==
                             LatencyHistogram::BucketOf(ns))
      bins.back().second += count;
    else
      bins.emplace_back(ns, count);
  }
  h = LatencyHistogram::FromBins(bins, slow(h.min()), slow(h.max()),
                                 slow(h.sum()));
}

// As seen between two builds of one commit: "p99" 2,064 -> 4,704 (+128 %), when
// the 99th percentile of 64 was still printed.
TEST(Policy, AnInterruptInOneOfSixtyFourIosIsNotCalledWorse) {
  RunRecord next = ReferenceRun();
  LatencyHistogram& h = Job(next, "recover-read").path(Path::kDetect);
  ASSERT_EQ(h.count(), 64u);
  Interrupt(h, 4'700);
  const GateResult result = JudgeByPolicy(next);
  EXPECT_EQ(result.Status(), 0) << GateAsText(result);
  EXPECT_EQ(VerdictOf(result, {"recover-read", "detect", "max"}),
            Verdict::kIgnored);
}

// As seen: 806,550 -> 830,807 (+3.01 %).
TEST(Policy, AnInterruptInOneOfThirtyTwoIosIsNotCalledWorse) {
  RunRecord next = ReferenceRun();
  LatencyHistogram& h = Job(next, "layout").path(Path::kFast);
  ASSERT_EQ(h.count(), 32u);
  Interrupt(h, 830'807);
  const GateResult result = JudgeByPolicy(next);
  EXPECT_EQ(result.Status(), 0) << GateAsText(result);
}

// As seen: 102,090 instructions in one of the 32 I/Os of `verify`.
TEST(Policy, OneEventInAJobOfFewIosIsNotCalledWorse) {
  RunRecord next = ReferenceRun();
  JobRecord& job = Job(next, "verify");
  ASSERT_EQ(job.counters.ios, 32u);
  const uint64_t end = job.timeline.end_ns();
  job.timeline.Record(end + 102'090, 0, false);
  EXPECT_EQ(JudgeByPolicy(next).Status(), 0) << GateAsText(JudgeByPolicy(next));
  // Ten of them are.
  job.timeline.Record(end + 1'020'900, 0, false);
  EXPECT_EQ(VerdictOf(JudgeByPolicy(next), {"verify", "job", "per_io"}),
            Verdict::kWorse);
}

TEST(Policy, AHundredthOfEightThousandIosIsStillJudged) {
  RunRecord next = ReferenceRun();
  LatencyHistogram& h = Job(next, "fast-read").path(Path::kFast);
  auto bins = h.Bins();
  bins.front().second -= 100;
  uint64_t sum = h.sum();
  bins.emplace_back(2 * h.max(), 100);
  sum += 100 * (2 * h.max() - h.min());
  h = LatencyHistogram::FromBins(bins, h.min(), 2 * h.max(), sum);
  EXPECT_EQ(VerdictOf(JudgeByPolicy(next), {"fast-read", "fast", "p99"}),
            Verdict::kWorse);
}

// Mean, smallest and median of `job`'s `path` take `by` more: each is worse.
void ExpectAllSeen(const std::string& job, Path path, double by) {
  RunRecord next = ReferenceRun();
  Slower(Job(next, job).path(path), by);
  const GateResult result = JudgeByPolicy(next);
  EXPECT_EQ(result.Status(), 1);
  const std::string name(kPathNames[static_cast<size_t>(path)]);
  for (const char* metric : {"mean", "min", "p50"})
    EXPECT_EQ(VerdictOf(result, {job, name, metric}), Verdict::kWorse)
        << job << " " << metric;
}

TEST(Policy, SeesARepairThatTakes28ThousandthsMore) {
  for (const char* job : {"recover-read", "recover-write", "recover-write-512"})
    ExpectAllSeen(job, Path::kRepair, 0.028);
}

TEST(Policy, SeesASalvageThatTakes34ThousandthsMore) {
  for (const char* job : {"recover-read", "recover-write-512"})
    ExpectAllSeen(job, Path::kSalvage, 0.034);
}

// `more` instructions in every I/O of `job` that met no poison, in what the
// engine times when `timed`.
RunRecord EveryIo(const std::string& name, uint64_t more, bool timed) {
  RunRecord next = ReferenceRun();
  JobRecord& job = Job(next, name);
  LatencyHistogram& h = job.path(Path::kFast);
  if (timed)
    h = LatencyHistogram::FromBins(h.Bins(), h.min() + more, h.max() + more,
                                   h.sum() + more * h.count());
  job.timeline.Record(job.timeline.end_ns() + more * job.counters.ios, 0,
                      false);
  return next;
}

TEST(Policy, SeesOneInstructionInEverySmallIoThatMeetsNoPoison) {
  for (const char* job : {"fast-read", "fast-write", "fast-write-512"})
    for (uint64_t more : {1, 3})
      EXPECT_EQ(VerdictOf(JudgeByPolicy(EveryIo(job, more, true)),
                          {job, "fast", "min"}),
                Verdict::kWorse)
          << job << " +" << more;
}

// clock_gettime() takes some 70 (ioengine/tick_clock.h).
TEST(Policy, SeesOneClockReadInEveryIoInsideOrOutsideOfWhatIsTimed) {
  for (const char* job : {"fast-read", "fast-write", "fast-write-512"}) {
    const GateResult timed = JudgeByPolicy(EveryIo(job, 70, true));
    for (const MetricKey& key :
         {MetricKey{job, "fast", "min"}, MetricKey{job, "fast", "mean"},
          MetricKey{job, "job", "per_io"}})
      EXPECT_EQ(VerdictOf(timed, key), Verdict::kWorse) << key.Text();
    EXPECT_EQ(VerdictOf(JudgeByPolicy(EveryIo(job, 70, false)),
                        {job, "job", "per_io"}),
              Verdict::kWorse);
  }
}

}  // namespace
}  // namespace daxmend
