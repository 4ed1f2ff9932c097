// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/run_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/history/history_figures.h"
#include "results/page/html_report.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Run> TwoRuns() {
  std::vector<daxmend::Run> runs = {SampleRun(Clock::kVirtual),
                                    SampleRun(Clock::kVirtual)};
  runs[1].directory = "results/<other>|";
  runs[1].record.jobs[1].path(Path::kFast) = {};
  runs[1].record.jobs[1].path(Path::kFast).Record(12'480);
  runs[1].record.jobs[2].path(Path::kFast) = {};
  return runs;
}

TEST(RunComparison, PutsMediansBesideEachOtherWithTheirRatio) {
  const std::string text = ComparisonAsText(TwoRuns());
  EXPECT_THAT(text, HasSubstr("  6,240   12,480  2.00x\n"));
  EXPECT_THAT(text, HasSubstr("unit: instructions"));
}

TEST(RunComparison, APathThatOneRunDidNotTakeIsADash) {
  EXPECT_THAT(ComparisonAsText(TwoRuns()), HasSubstr("  -\n"));
}

TEST(RunComparison, SaysWhatTheRunsDoNotShareAndMixesNoUnits) {
  std::vector<daxmend::Run> runs = {SampleRun(Clock::kVirtual),
                                    SampleRun(Clock::kWall)};
  const std::string text = ComparisonAsText(runs);
  EXPECT_THAT(text, HasSubstr("B differs from A in clock: virtual in the "
                              "baseline, wall now"));
  EXPECT_THAT(text, Not(HasSubstr("1.00x")));
}

TEST(RunComparison, OfManyDifferencesTheFirstAreListedAndTheRestCounted) {
  std::vector<daxmend::Run> runs = {SampleRun(Clock::kVirtual),
                                    SampleRun(Clock::kVirtual)};
  for (int i = 0; i < 20; ++i)
    runs[1].record.jobs[0].options["option" + std::to_string(10 + i)] = "x";
  const std::string text = ComparisonAsText(runs);
  EXPECT_THAT(text, HasSubstr("option17=x now\nB differs from A in 12 parts "
                              "more\n"));
  EXPECT_THAT(text, Not(HasSubstr("option18")));
}

TEST(RunComparison, CsvHasALineARunAndPath) {
  const std::string csv = ComparisonAsCsv(TwoRuns());
  EXPECT_THAT(csv, HasSubstr("fast-read,fast,B,results/<other>|,virtual,1,"
                             "12480,12480.0,,,2.00\r\n"));
}

TEST(RunComparison, PagesAndMarkdownAreEscaped) {
  EXPECT_THAT(ComparisonAsHtml(TwoRuns()), Not(HasSubstr("<other>")));
  EXPECT_THAT(ComparisonAsHtml(TwoRuns()), HasSubstr("data-ns=\"12480\""));
  EXPECT_THAT(ComparisonAsHtml(TwoRuns()), HasSubstr("<svg"));
  EXPECT_THAT(ComparisonAsMarkdown(TwoRuns()), HasSubstr("&lt;other>\\|"));
}

TEST(RunComparison, RunsWithoutJobsAreCompared) {
  std::vector<daxmend::Run> runs(2);
  EXPECT_NE(ComparisonAsText(runs), "");
  EXPECT_NE(ComparisonAsHtml(runs), "");
}

TEST(HistoryFigures, TheAxisShowsASmallChangeAndOnlyTheRunsThatAreDrawn) {
  HistorySeries series;
  for (size_t i = 0; i < kTrendPoints + 100; ++i)
    series.points.push_back(
        {static_cast<int64_t>(i), "", i < 200 ? 1e6 : 1.001e6});
  const Figure figure = HistoryFigures({series}).at(0);
  EXPECT_EQ(figure.numbers.size(), kTrendPoints);
  EXPECT_THAT(figure.script, HasSubstr("set yrange [994995:1006005]"));
  EXPECT_THAT(figure.script,
              HasSubstr("set xrange [100.5:" +
                        std::to_string(kTrendPoints + 100) + ".5]"));
}

TEST(HtmlReport, DrawsTheTrendOfAHistory) {
  HistorySeries series;
  series.key = {"fast-read", "fast", "mean"};
  series.unit = "instructions";
  for (int i = 0; i < 5; ++i)
    series.points.push_back({i, "<c>", i < 3 ? 100.0 : 110.0});
  series.changes = {{3, 100, 110, 0}};
  const std::string page =
      HtmlReport(SampleRun(Clock::kVirtual), HistoryFigures({series}));
  EXPECT_THAT(page, HasSubstr("fast-read fast mean: trend"));
  EXPECT_THAT(page, Not(HasSubstr("<c>")));
}

}  // namespace
}  // namespace daxmend
