// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "core/error.h"
#include "results/bench/bench_power.h"
#include "results/bench/bench_run.h"
#include "results/bench/bench_samples.h"
#include "results/bench/paired_statistics.h"
#include "results/gate/gate_formats.h"
#include "tests/unit/instrumented.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Pairs whose ratios are `factor` times 1 +- noise, by a fixed sequence.
BenchSeries Series(const std::string& metric, size_t pairs, double factor,
                   double noise) {
  BenchSeries series;
  series.key = {"j", "read", metric};
  series.unit = "ns";
  uint64_t state = 1;
  auto next = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 33) / 4294967296.0 - 0.25;
  };
  for (size_t i = 0; i < pairs; ++i) {
    const double speed = 1000 + 10 * static_cast<double>(i);
    series.a.push_back(speed);
    series.b.push_back(speed * factor * (1 + noise * next()));
  }
  return series;
}

GateResult Judge(BenchSeries series, const std::string& rules = "") {
  BenchSamples samples;
  samples.series = {std::move(series)};
  return JudgeSamples(
      samples,
      PolicyFromJson("{\"schema\":1,\"rules\":[" + rules + "]}", "p.json"),
      "p.json");
}

TEST(EstimateRatio, AgreesWithWilcoxonsOwnExample) {
  // Differences 6 8 14 16 23 24 28 29 41 -48 49 56 60 -67 75 (Darwin's maize,
  // eighths of an inch): rank sum of the negatives 24, exact two-sided
  // p = 0.04126 (1352 of 2^15 sums are that far out).
  std::vector<double> a, b;
  for (double d :
       {6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75}) {
    a.push_back(1);
    b.push_back(std::exp(d / 100));
  }
  const PairedEstimate e = EstimateRatio(a, b, 0.95);
  EXPECT_NEAR(e.p, 1352.0 / 32768, 1e-9);
  // Of the 120 Walsh averages half lie below 24.5 or so.
  EXPECT_NEAR(std::log(e.ratio) * 100, 24.5, 1.0);
  EXPECT_LT(e.low, e.ratio);
  EXPECT_GT(e.low, 1);
}

TEST(EstimateRatio, TooFewPairsBoundNothing) {
  EXPECT_EQ(FewestPairs(0.95), 6u);
  EXPECT_EQ(FewestPairs(0.99), 8u);
  std::vector<double> a(7, 1.0), b(7, 2.0);
  EXPECT_FALSE(EstimateRatio(a, b, 0.99).bounded());
  EXPECT_FALSE(EstimateRatio({}, {}, 0.99).bounded());
}

TEST(EstimateRatio, EqualSamplesAreEqualWithP1) {
  std::vector<double> a(20, 5.0);
  const PairedEstimate e = EstimateRatio(a, a, 0.99);
  EXPECT_EQ(e.ratio, 1);
  EXPECT_EQ(e.low, 1);
  EXPECT_EQ(e.high, 1);
  EXPECT_EQ(e.p, 1);
}

TEST(EstimateRatio, ManyPairsUseTheApproximationAndAgreeWithTheExactTest) {
  auto width = [](size_t pairs) {
    const BenchSeries s = Series("p50", pairs, 1.1, 0.2);
    std::vector<double> a, b;
    for (size_t i = 0; i < pairs; ++i) {
      a.push_back(*s.a[i]);
      b.push_back(*s.b[i]);
    }
    return EstimateRatio(a, b, 0.99).Detectable();
  };
  EXPECT_NEAR(width(60), width(61), 0.01);
}

TEST(JudgeSamples, FindsTenPercentAndCallsItByItsSign) {
  EXPECT_EQ(Judge(Series("p50", 20, 1.10, 0.04)).Status(), 1);
  EXPECT_EQ(Judge(Series("p50", 20, 0.90, 0.04)).rows[0].verdict,
            Verdict::kBetter);
  EXPECT_EQ(Judge(Series("p50", 20, 1.00, 0.04)).rows[0].verdict,
            Verdict::kSame);
  BenchSeries rate = Series("throughput", 20, 1.10, 0.04);
  rate.sense = Sense::kHigher;
  EXPECT_EQ(Judge(rate).rows[0].verdict, Verdict::kBetter);
}

TEST(JudgeSamples, NoiseAboveTheThresholdIsNeitherAPassNorAFailure) {
  const GateResult result = Judge(Series("p50", 10, 1.0, 1.0));
  EXPECT_EQ(result.Status(), 2);
  EXPECT_THAT(SummaryText(result), StartsWith("INCONCLUSIVE"));
  EXPECT_THAT(EvidenceText(result.rows[0]),
              HasSubstr("could have seen a change of"));
  EXPECT_THAT(EvidenceText(result.rows[0]),
              HasSubstr("pairs would do for 5.00 %"));
}

TEST(JudgeSamples, RefusesThoseOfAClockThatWasWrongOrCouldNotBeChecked) {
  BenchSamples samples;
  samples.series = {Series("p50", 20, 1.10, 0.04)};
  auto judge = [&](const ClockCheck& check) {
    samples.clock_check = check;
    // As `bench` writes them and `gate` reads them.
    return JudgeSamples(BenchSamplesFromJson(ToJson(samples), "s"), {}, "");
  };
  const GateResult wrong =
      judge({ClockVerdict::kWrong, 3.43, 3.44, 2'000'000'000, ""});
  EXPECT_EQ(wrong.Status(), 2);
  EXPECT_THAT(wrong.refusal, StartsWith("the times of the samples are wrong: "
                                        "the guest's clock ran at 3.43500 "));
  EXPECT_TRUE(wrong.rows.empty());
  EXPECT_EQ(judge({ClockVerdict::kOk, 1, 1, 2'000'000'000, ""}).Status(), 1);
  const GateResult unknown =
      judge({ClockVerdict::kUnknown, 0, 0, 0, "no HPET"});
  EXPECT_EQ(unknown.Status(), 2);
  EXPECT_TRUE(unknown.rows.empty());
  EXPECT_EQ(unknown.refusal,
            "cannot judge the times of the samples: the guest's clock was not "
            "checked against the host's: no HPET: measure again, or use "
            "'daxmend vm --clock virtual'");
  // On hardware there is nothing to compare with.
  samples.clock_check.reset();
  EXPECT_EQ(JudgeSamples(samples, {}, "").Status(), 1);
}

TEST(JudgeSamples, TooFewPairsCannotTell) {
  const GateResult result = Judge(Series("p50", 3, 1.5, 0));
  EXPECT_EQ(result.Status(), 2);
  EXPECT_EQ(EvidenceText(result.rows[0]),
            "only 3 pairs, at least 8 are needed");
}

TEST(JudgeSamples, OnlyMediansAndThroughputAreJudgedUnlessThePolicySays) {
  EXPECT_EQ(Judge(Series("p99", 20, 2, 0)).Status(), 0);
  EXPECT_EQ(Judge(Series("p99", 20, 2, 0),
                  R"({"metric":"p99","tolerance_percent":10})")
                .Status(),
            1);
  EXPECT_EQ(Judge(Series("p50", 20, 2, 0), R"({"ignore":true})").Status(), 0);
  EXPECT_THROW(Judge(Series("p50", 20, 2, 0), R"({"tolerance":3})"), Error);
}

TEST(JudgeSamples, EveryLatencyRateAndCountCanBeGated) {
  for (const char* metric : {"min", "mean", "p50", "p99", "p999", "throughput",
                             "recovered_ios", "failed_ios", "lost_sectors"}) {
    BenchSeries series = Series(metric, 20, 1.5, 0.04);
    const bool more_is_better = std::string(metric) == "throughput" ||
                                std::string(metric) == "recovered_ios";
    if (more_is_better) std::swap(series.a, series.b);
    series.sense = more_is_better ? Sense::kHigher : Sense::kLower;
    const std::string rule =
        std::string(R"({"metric":")") + metric + R"(","tolerance_percent":10})";
    EXPECT_EQ(Judge(series, rule).rows[0].verdict, Verdict::kWorse) << metric;
    std::swap(series.a, series.b);
    EXPECT_EQ(Judge(series, rule).rows[0].verdict, Verdict::kBetter) << metric;
  }
}

TEST(JudgeSamples, MoreFailuresAreWorseHoweverFew) {
  BenchSeries failures = Series("failed_ios", 3, 1, 0);
  failures.a = {0.0, 0.0, 0.0};
  failures.b = {0.0, 1.0, 0.0};
  EXPECT_EQ(Judge(failures).rows[0].verdict, Verdict::kWorse);
}

TEST(JudgeSamples, WhatVanishedOrIsMissingIsNotPassedOver) {
  BenchSeries gone = Series("p50", 10, 1, 0);
  std::fill(gone.b.begin(), gone.b.end(), std::nullopt);
  EXPECT_EQ(Judge(gone).rows[0].verdict, Verdict::kVanished);
  BenchSeries hole = Series("p50", 10, 1, 0);
  hole.a[3] = std::nullopt;
  EXPECT_EQ(Judge(hole).Status(), 2);
  BenchSeries zero = Series("p50", 10, 1, 0);
  zero.a[3] = 0;
  EXPECT_EQ(Judge(zero).Status(), 2);
  EXPECT_EQ(JudgeSamples({}, Policy(), "").Status(), 2);
}

TEST(BenchSamples, ComeBackAsTheyWereAndFaultsAreNamed) {
  BenchSamples samples;
  samples.a = "job.fio";
  samples.b = "--bs=8k job.fio";
  samples.series = {Series("p50", 3, 1.1, 0.1)};
  samples.series[0].a[1] = std::nullopt;
  const std::string text = ToJson(samples);
  EXPECT_EQ(ToJson(BenchSamplesFromJson(text, "s")), text);
  for (const char* bad :
       {"", "{", "[]", "{}", R"({"schema":2})",
        R"({"schema":1,"environment":"","a":"","b":"","series":[{}]})",
        R"({"schema":1,"environment":"","a":"","b":"","series":[{"job":"j",
           "path":"p","metric":"m","unit":"u","better":"lower","a":[1],"b":[]}]})",
        R"({"schema":1,"environment":"","a":"","b":"","series":[{"job":"j",
           "path":"p","metric":"m","unit":"u","better":"lower","a":[-1],
           "b":[1]}]})"}) {
    try {
      BenchSamplesFromJson(bad, "dir/samples.json");
      ADD_FAILURE() << bad;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), StartsWith("dir/samples.json"));
    }
  }
}

TEST(ValuesOfFio, TakesEachJobAndDirectionThatDidIo) {
  const std::string fio = R"({"jobs":[{"jobname":"j","read":{"total_ios":2,
"bw_bytes":1048576,"clat_ns":{"min":4,"mean":5.5,"percentile":{"50.000000":5,
"99.000000":7,"99.900000":8}}},"write":{"total_ios":0}},
{"jobname":"j","write":{"total_ios":1,"bw_bytes":1,"clat_ns":{"min":1,"mean":1.0}}}]})";
  const std::vector<BenchValue> values = ValuesOfFio(fio, "fio.json");
  ASSERT_EQ(values.size(), 9u);
  EXPECT_EQ(values[0].key, (MetricKey{"j", "read", "throughput"}));
  EXPECT_EQ(values[0].value, 1);
  EXPECT_EQ(values[2].key, (MetricKey{"j", "read", "min"}));
  EXPECT_EQ(values[6].key, (MetricKey{"j#2", "write", "throughput"}));
  EXPECT_THROW(ValuesOfFio(R"({"jobs":[{"jobname":"j","read":{}}]})", "x"),
               Error);
}

TEST(PowerTable, IsAlmostNeverWrongAndTheSameForTheSameSeed) {
  constexpr size_t kExperiments = kInstrumented ? 4 : 40;
  const std::string table = PowerTable(kExperiments, 7);
  EXPECT_EQ(table, PowerTable(kExperiments, 7));
  std::istringstream lines(table);
  std::string line;
  size_t rows = 0;
  for (size_t n = 0; std::getline(lines, line); ++n) {
    if (n < 2) continue;  // the heading
    double same, unsure, wrong, most, found, unsure_too, wrong_too;
    double noise;
    unsigned pairs;
    ASSERT_EQ(std::sscanf(line.c_str(),
                          "| %lf %% | %u | %lf %% | %lf %% | %lf %% (%lf %%) | "
                          "%lf %% | %lf %% | %lf %% |",
                          &noise, &pairs, &same, &unsure, &wrong, &most, &found,
                          &unsure_too, &wrong_too),
              9)
        << line;
    // One at most.
    EXPECT_LE(wrong, 100.0 / kExperiments) << line;
    EXPECT_LE(wrong_too, 100.0 / kExperiments) << line;
    if (noise <= 2 && pairs >= 40) {
      EXPECT_GE(found, 95) << line;
    }
    ++rows;
  }
  EXPECT_EQ(rows, 20u);
}

}  // namespace
}  // namespace daxmend
