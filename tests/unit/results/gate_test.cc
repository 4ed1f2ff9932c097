// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "results/fingerprint.h"
#include "results/gate/gate_formats.h"
#include "results/gate/gate_policy.h"
#include "results/gate/gate_self_test.h"
#include "tests/unit/results/gate_sample.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const GateRow* Find(const GateResult& result, const MetricKey& key) {
  for (const GateRow& row : result.rows)
    if (row.key == key) return &row;
  return nullptr;
}

TEST(Gate, EqualRunsAreTheSameInEverything) {
  const GateResult result = Judge(Base());
  EXPECT_EQ(result.Status(), 0);
  EXPECT_EQ(result.Count(Verdict::kSame), result.rows.size());
  EXPECT_GT(result.rows.size(), 100u);
}

TEST(Gate, LatenciesThatOnlyOneRunKeptAreComparedByTheirBuckets) {
  RunRecord base = Base(), next = Base();
  LatencyHistogram few;
  for (int i = 0; i < 50; ++i) few.Record(864'001);
  base.jobs[1].path(Path::kRecovery) = few;
  next.jobs[1].path(Path::kRecovery) = few;
  base.jobs[1].path(Path::kRecovery).DropExact();
  for (const auto& [a, b] : {std::pair{base, next}, std::pair{next, base}}) {
    const GateResult result = JudgeRuns(a, "a", b, "b", {}, "");
    EXPECT_EQ(result.Count(Verdict::kSame), result.rows.size())
        << GateAsText(result);
  }
  // The 99th of 50 is nobody's.
  EXPECT_EQ(Find(JudgeRuns(base, "a", next, "b", {}, ""),
                 {base.jobs[1].name, "recovery", "p99"}),
            nullptr);
}

TEST(Gate, ARuleForPercentilesThatNoPathSupportsIsNoMistake) {
  RunRecord run = Base();
  for (JobRecord& job : run.jobs)
    for (LatencyHistogram& h : job.paths)
      if (h.count() > 0) h = LatencyHistogram::FromValues({{1000, 20}});
  const Policy policy = PolicyFromJson(
      R"({"schema": 1, "rules": [{"metric": "p999", "ignore": true}]})", "p");
  EXPECT_EQ(JudgeRuns(run, "a", run, "b", policy, "p").Status(), 0);
}

TEST(Gate, APercentileThatOneLatencyIsMissingForIsNotJudged) {
  RunRecord base = Base(), next = Base();
  LatencyHistogram& path = base.jobs[1].path(Path::kRecovery);
  path = {};
  for (int i = 0; i < 100; ++i) path.Record(1000);
  next.jobs[1].path(Path::kRecovery) =
      LatencyHistogram::FromValues({{1000, 99}});
  const GateResult result = JudgeRuns(base, "a", next, "b", {}, "");
  const MetricKey p99{base.jobs[1].name, "recovery", "p99"};
  ASSERT_NE(Find(result, p99), nullptr);
  EXPECT_EQ(Find(result, p99)->verdict, Verdict::kIgnored);
  EXPECT_EQ(Find(result, {p99.job, p99.path, "count"})->verdict,
            Verdict::kChanged);
}

TEST(Gate, SeesOneInstructionInSixteenThousandIos) {
  const GateResult result = Judge(OneInstructionMore());
  EXPECT_EQ(result.Status(), 1);
  EXPECT_EQ(result.Count(Verdict::kWorse), 1u);
  EXPECT_EQ(Find(result, {"fast-read", "fast", "mean"})->verdict,
            Verdict::kWorse);
}

TEST(Gate, ExactMeansDoNotDependOnHowADoubleRounds) {
  Measure one{{}, Sense::kLower, "", UINT64_MAX - 1, UINT64_MAX};
  Measure other{{}, Sense::kLower, "", UINT64_MAX - 2, UINT64_MAX};
  EXPECT_EQ(one.value(), other.value());
  EXPECT_FALSE(one.SameAs(other));
  EXPECT_TRUE(one.SameAs(one));
}

// Every number of `record`, another one.
RunRecord Everything(RunRecord record) {
  for (JobRecord& job : record.jobs) {
    for (LatencyHistogram& h : job.paths) {
      if (h.count() == 0) continue;
      auto bins = h.Bins();
      for (auto& [upper, count] : bins) upper *= 2;
      bins.back().second += 7;
      h = LatencyHistogram::FromBins(bins, 2 * h.min(), 2 * h.max(),
                                     4 * h.sum());
    }
    Counters& c = job.counters;
    for (uint64_t* count :
         {&c.ios, &c.bytes, &c.failed_ios, &c.lost_sectors, &c.backup_sectors,
          &c.salvaged_sectors, &c.saved_bytes, &c.lost_bytes, &c.left_sectors})
      *count += 1000;
    c.recovered_ios = c.recovered_ios ? c.recovered_ios - 1 : 0;
    job.timeline.Record(2 * job.timeline.end_ns(), 0, false);
  }
  record.poison.planted_sectors += 1;
  record.poison.planted_pages += 1;
  record.poison.remaining_sectors += 1;
  return record;
}

TEST(Gate, EachNumberAloneCanBeGatedAndLetPass) {
  const RunRecord next = Everything(Base());
  std::set<std::string> metrics;
  for (const Measure& measure : MeasuresOf(Base()))
    metrics.insert(measure.key.metric);
  EXPECT_EQ(metrics.size(), 7u + 12u + 3u);
  for (const std::string& metric : metrics) {
    const std::string gated = R"({"ignore":true},{"metric":")" + metric + "\",";
    const GateResult strict = Judge(next, gated + R"("tolerance":0})");
    // One sample decides a maximum.
    EXPECT_EQ(strict.Status(), metric == "max" ? 0 : 1) << metric;
    for (const GateRow& row : strict.rows)
      if (row.key.metric != metric) {
        EXPECT_EQ(row.verdict, Verdict::kIgnored) << row.key.Text();
      }
    EXPECT_EQ(Judge(next, gated + R"("tolerance":1e12})").Status(), 0)
        << metric;
  }
}

// `metric` of `count` I/Os, `beyond` of which come to take 2,000 instructions
// after 1,000.
Verdict OfSlowest(const std::string& metric, uint64_t count, uint64_t beyond) {
  RunRecord base = Base();
  base.jobs[1].path(Path::kFast) =
      LatencyHistogram::FromBins({{1'000, count}}, 1'000, 2'000, 1'000 * count);
  RunRecord next = base;
  next.jobs[1].path(Path::kFast) = LatencyHistogram::FromBins(
      {{1'000, count - beyond}, {2'000, beyond}}, 1'000, 2'000, 1'000 * count);
  const GateResult result =
      JudgeRuns(base, "base", next, "new", Policy(), "p.json");
  return Find(result, {"fast-read", "fast", metric})->verdict;
}

TEST(Gate, JudgesAPercentileThatTenSamplesLieBeyond) {
  EXPECT_EQ(OfSlowest("p99", 1'000, 11), Verdict::kWorse);
  EXPECT_EQ(OfSlowest("p99", 999, 11), Verdict::kIgnored);
  EXPECT_EQ(OfSlowest("p999", 10'000, 11), Verdict::kWorse);
  EXPECT_EQ(OfSlowest("p999", 9'999, 11), Verdict::kIgnored);
  EXPECT_EQ(OfSlowest("p50", 20, 11), Verdict::kWorse);
  EXPECT_EQ(OfSlowest("p50", 19, 11), Verdict::kWorse);
}

TEST(Gate, JudgesTheMedianOfFewIosByItsBucket) {
  auto verdict = [](uint64_t count, uint64_t was, uint64_t is) {
    RunRecord base = Base();
    RunRecord next = base;
    base.jobs[1].path(Path::kFast) =
        LatencyHistogram::FromBins({{was, count}}, 1, 9'999, 1'000 * count);
    next.jobs[1].path(Path::kFast) =
        LatencyHistogram::FromBins({{is, count}}, 1, 9'999, 1'000 * count);
    const GateResult result =
        JudgeRuns(base, "base", next, "new", Policy(), "p.json");
    return Find(result, {"fast-read", "fast", "p50"})->verdict;
  };
  // From 512 to 1,023 a bucket is 8 wide.
  EXPECT_EQ(verdict(19, 900, 908), Verdict::kWithin);
  EXPECT_EQ(verdict(19, 900, 916), Verdict::kWorse);
  EXPECT_EQ(verdict(20, 900, 908), Verdict::kWorse);
}

TEST(Gate, NeverJudgesAMaximumAndSaysSo) {
  RunRecord next = Base();
  // Whichever I/O of thousands an interrupt fell into.
  LatencyHistogram& h = next.jobs[1].path(Path::kFast);
  auto bins = h.Bins();
  --bins.back().second;
  bins.emplace_back(100'000, 1);
  h = LatencyHistogram::FromBins(bins, h.min(), 100'000, h.sum());
  for (const char* rules : {"", R"({"metric":"max","tolerance":0})"}) {
    const GateRow row = *Find(Judge(next, rules), {"fast-read", "fast", "max"});
    EXPECT_EQ(row.verdict, Verdict::kIgnored);
    EXPECT_THAT(EvidenceText(row), HasSubstr("%), one sample"));
  }
}

TEST(Gate, ImprovementsAreShownAndPass) {
  RunRecord next = Base();
  LatencyHistogram& h = next.jobs[1].path(Path::kFast);
  h = LatencyHistogram::FromBins(h.Bins(), h.min(), h.max(), h.sum() - 16384);
  const GateResult result = Judge(next);
  EXPECT_EQ(result.Status(), 0);
  EXPECT_EQ(result.Count(Verdict::kBetter), 1u);
  EXPECT_THAT(GateAsText(result), HasSubstr("(-1, "));
}

TEST(Gate, ToleranceIsInInstructionsOrPercentAndTheLastRuleCounts) {
  const RunRecord next = OneInstructionMore();
  const std::string wide = R"({"path":"fast","tolerance":1})";
  EXPECT_EQ(Judge(next, wide).Status(), 0);
  EXPECT_EQ(Judge(next, R"({"tolerance_percent":0.001})").Status(), 0);
  EXPECT_EQ(Judge(next, R"({"tolerance_percent":0.0000001})").Status(), 1);
  EXPECT_EQ(Judge(next, wide + R"(,{"job":"fast-*","tolerance":0})").Status(),
            1);
  const GateResult ignored = Judge(next, R"({"metric":"mean","ignore":true})");
  EXPECT_EQ(ignored.Status(), 0);
  EXPECT_GT(ignored.Count(Verdict::kIgnored), 0u);
}

TEST(Gate, AnEventMovesMeansAndRatesByItsShare) {
  RunRecord next = Base();
  JobRecord& job = next.jobs[1];
  job.timeline.Record(job.timeline.end_ns() + 1000, 0, false);
  EXPECT_EQ(Judge(next).Status(), 1);
  EXPECT_EQ(Judge(next, R"({"event":1000})").Status(), 0);
  EXPECT_EQ(Judge(next, R"({"event":999})").Status(), 1);
  // A count or a minimum is not moved by one.
  RunRecord lost = Base();
  ++lost.jobs[1].counters.lost_sectors;
  EXPECT_EQ(Judge(lost, R"({"event":1000000})").Status(), 1);
}

TEST(Gate, ARuleThatFitsNothingIsAnError) {
  for (const char* rule :
       {R"({"path":"fats","ignore":true})", R"({"job":"x*","ignore":true})",
        R"({"metric":"p95","ignore":true})"}) {
    try {
      Judge(Base(), rule);
      ADD_FAILURE() << rule;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr("p.json: rules[0]"));
    }
  }
}

TEST(Gate, ARuleForCleanJobsIsNotForThoseThatMetPoison) {
  // What the kernel did about poison, between two I/Os.
  RunRecord next = Base();
  for (size_t job : {1, 3})
    next.jobs[job].timeline.Record(next.jobs[job].timeline.end_ns() + 4'000'000,
                                   0, false);
  const std::string rules =
      R"({"metric":"per_io","tolerance_percent":10},
         {"metric":"throughput","tolerance_percent":10},
         {"clean":true,"metric":"per_io","tolerance":2.5})";
  const GateResult result = Judge(next, rules);
  EXPECT_EQ(Find(result, {"fast-read", "job", "per_io"})->verdict,
            Verdict::kWorse);
  EXPECT_EQ(Find(result, {"recover-read", "job", "per_io"})->verdict,
            Verdict::kWithin);
  RunRecord all = Base();
  for (JobRecord& job : all.jobs) ++job.counters.recovered_ios;
  EXPECT_THROW(
      JudgeRuns(
          all, "a", all, "b",
          PolicyFromJson("{\"schema\":1,\"rules\":[" + rules + "]}", "p.json"),
          "p.json"),
      Error);
}

TEST(Gate, NothingThatVanishedOrAppearedIsPassedOver) {
  RunRecord next = Base();
  next.jobs[3].path(Path::kRepair) = {};
  const GateResult gone = Judge(next);
  EXPECT_EQ(gone.Status(), 1);
  EXPECT_EQ(gone.Count(Verdict::kVanished), 5u);
  const GateResult there =
      JudgeRuns(next, "base", Base(), "new", Policy(), "p.json");
  EXPECT_EQ(there.Status(), 1);
  EXPECT_EQ(there.Count(Verdict::kAppeared), 5u);
}

TEST(Gate, ARefusalIsALineThatCanBeRead) {
  RunRecord next = Base();
  for (JobRecord& job : next.jobs) job.options["bs"] = "12k";
  for (JobRecord& job : next.jobs) job.options["rw"] = "trim";
  const std::string refusal = Judge(next).refusal;
  EXPECT_THAT(refusal, HasSubstr(" more differences: "));
  EXPECT_LT(refusal.size(), 600u);
}

TEST(Gate, RefusesOtherFingerprintsAndNamesThePart) {
  for (auto [part, value] : {std::pair{"kernel", &Environment::kernel},
                             {"machine", &Environment::machine},
                             {"file system", &Environment::filesystem},
                             {"CPU model", &Environment::cpu},
                             {"QEMU", &Environment::qemu},
                             {"fio", &Environment::fio}}) {
    RunRecord next = Base();
    next.environment.*value = "other";
    const GateResult result = Judge(next);
    EXPECT_EQ(result.Status(), 2);
    EXPECT_THAT(SummaryText(result), StartsWith("CANNOT COMPARE: "));
    EXPECT_THAT(result.refusal,
                AllOf(HasSubstr(std::string(part) + " ("), HasSubstr("other"),
                      HasSubstr("run the baseline again")));
    EXPECT_EQ(result.refusal.find('\n'), std::string::npos);
  }
}

TEST(Gate, EveryValueOfARepeatedOptionIsPartOfTheFingerprint) {
  RunRecord base = Base(), next = Base();
  base.jobs[0].options["filename"] = "/mnt/pmem/a0\n/mnt/pmem/same";
  next.jobs[0].options["filename"] = "/mnt/pmem/z9\n/mnt/pmem/same";
  const auto differences = CompareFingerprints(base, next);
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_THAT(differences[0].what,
              HasSubstr("filename=/mnt/pmem/a0 filename=/mnt/pmem/same in the "
                        "baseline"));
  // An empty value is not none.
  next = base;
  next.jobs[0].options["stonewall"] = "";
  EXPECT_EQ(CompareFingerprints(base, next).size(), 1u);
}

TEST(Gate, TheJobTextIsPartOfTheFingerprintWhereItsResultsGoIsNot) {
  RunRecord next = Base();
  next.jobs[0].options = {{"path_log", "x"}, {"ioengine", "external:y"}};
  EXPECT_TRUE(CompareFingerprints(Base(), next).empty());
  next.jobs[0].options["iodepth"] = "4";
  EXPECT_THAT(Judge(next).refusal,
              HasSubstr("job layout: nothing in the baseline, iodepth=4 now"));
  next = Base();
  next.jobs.pop_back();
  EXPECT_THAT(Judge(next).refusal,
              AllOf(HasSubstr("recover-write is missing now"),
                    HasSubstr("interrupted")));
}

TEST(Gate, RefusesSingleRunsOfTheWallClock) {
  RunRecord wall = SampleRecord(Clock::kWall);
  wall.environment.clock_check = {ClockVerdict::kOk, 1, 1, 2'000'000, ""};
  EXPECT_THAT(JudgeRuns(wall, "a", wall, "b", Policy(), "").refusal,
              HasSubstr("daxmend bench"));
}

TEST(Gate, RefusesARunWhoseClockWasWrongAndSaysByHowMuch) {
  RunRecord base = SampleRecord(Clock::kWall);
  base.environment.clock_check = {ClockVerdict::kOk, 1, 1, 2'000'000, ""};
  RunRecord next = base;
  next.environment.clock_check = {ClockVerdict::kWrong, 2.58, 2.58, 2'000'000,
                                  ""};
  const GateResult result = JudgeRuns(base, "a", next, "b", Policy(), "");
  EXPECT_EQ(result.Status(), 2);
  EXPECT_EQ(result.refusal,
            "the times of b are wrong: the guest's clock ran at 2.58000 times "
            "the host's rate (2.58000 to 2.58000, over 0.002 s): boot the "
            "guest and measure again");
  EXPECT_EQ(JudgeRuns(next, "b", base, "a", Policy(), "").refusal,
            result.refusal);
}

TEST(Gate, RefusesARunWhoseClockCouldNotBeChecked) {
  RunRecord base = SampleRecord(Clock::kWall);
  base.environment.clock_check = {ClockVerdict::kOk, 1, 1, 2'000'000, ""};
  RunRecord next = base;
  next.environment.clock_check = {ClockVerdict::kUnknown, 0, 0, 0, "no HPET"};
  GateResult result = JudgeRuns(base, "a", next, "b", Policy(), "");
  EXPECT_EQ(result.Status(), 2);
  EXPECT_EQ(result.refusal,
            "cannot judge the times of b: the guest's clock was not checked "
            "against the host's: no HPET: measure again, or use 'daxmend vm "
            "--clock virtual'");
  next.environment.clock_check.reset();  // by a daxmend that had no check
  EXPECT_THAT(JudgeRuns(base, "a", next, "b", Policy(), "").refusal,
              HasSubstr("the times of b: the guest's clock was not checked"));
}

TEST(Gate, RefusesRunsWithoutAnyJob) {
  RunRecord empty;
  empty.environment.clock = Clock::kVirtual;
  EXPECT_EQ(JudgeRuns(empty, "a", empty, "b", Policy(), "").Status(), 2);
}

TEST(GateSelfTest, SeesEveryKnownChange) {
  const SelfTestResult result = SelfTestGate(Base());
  EXPECT_TRUE(result.right) << result.table;
  EXPECT_THAT(result.table, Not(HasSubstr("BAD")));
}

TEST(GateSelfTest, NeedsARunThatRecovered) {
  RunRecord clean = Base();
  clean.jobs.resize(3);
  EXPECT_THROW(SelfTestGate(clean), Error);
  EXPECT_THROW(SelfTestGate(SampleRecord(Clock::kWall)), Error);
}

}  // namespace
}  // namespace daxmend
