// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/strategy_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/page/html_report.h"
#include "results/report/table_formats.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const LatencyFormat kInstructions(Clock::kVirtual, Script::kRich);

// The reads of the sample recover by `write`, at 4 KiB; more of them by
// `punch`, at 4 KiB and 64 KiB.
daxmend::Run TwoStrategies() {
  auto run = SampleRun(Clock::kVirtual);
  run.record.AddJob(SampleJob("punch-4k", 6, "read", 4096, 1024, 6'000, 64));
  run.record.AddJob(SampleJob("punch-64k", 7, "read", 65536, 1024, 9'000, 64));
  for (size_t i : {5, 6}) run.record.jobs[i].recovery = "punch";
  run.record.jobs[6].counters.left_sectors = 16;
  return run;
}

TEST(StrategyComparison, SaysNothingOfRunsWithOneStrategy) {
  const auto run = SampleRun(Clock::kVirtual);
  EXPECT_TRUE(StrategyRows(run.record).empty());
  EXPECT_TRUE(StrategyFigures(run.record, kInstructions).empty());
  EXPECT_THAT(HtmlPage(run, {}, {}), Not(HasSubstr("Strategies compared")));
  EXPECT_THAT(TableAsMarkdown(run), Not(HasSubstr("Strategies compared")));
}

TEST(StrategyComparison, DrawsEachSizeAndStrategyWithTheNumbersOfTheRun) {
  const auto run = TwoStrategies();
  const auto figures = StrategyFigures(run.record, kInstructions);
  // The writes have one strategy only.
  ASSERT_EQ(figures.size(), 1u);
  const Figure& figure = figures[0];
  EXPECT_EQ(figure.title, "Reads: a recovery by strategy");
  ASSERT_EQ(figure.legend.size(), 2u);
  EXPECT_EQ(figure.legend[0].label, "write, syscall");
  EXPECT_EQ(figure.legend[1].label, "punch, syscall");
  ASSERT_EQ(figure.numbers.size(), 3u);
  auto row = [&](const char* size, size_t job) {
    const LatencyHistogram& h = run.record.jobs[job].path(Path::kRecovery);
    return ElementsAre(size, run.record.jobs[job].recovery + ", syscall",
                       Grouped(h.count()), Grouped(h.min()),
                       kInstructions.Short(h.mean()), Grouped(h.Percentile(50)),
                       std::string("\u2013"), Grouped(h.max()));
  };
  EXPECT_THAT(figure.numbers[0], row("4 KiB", 3));
  EXPECT_THAT(figure.numbers[1], row("4 KiB", 5));
  EXPECT_THAT(figure.numbers[2], row("64 KiB", 6));
  const LatencyHistogram& h = run.record.jobs[3].path(Path::kRecovery);
  EXPECT_THAT(figure.script, HasSubstr("$d0 << EOD\n-0.175 " +
                                       std::to_string(h.Percentile(50)) + " " +
                                       std::to_string(h.min()) + " " +
                                       std::to_string(h.max()) + "\nEOD\n"));
}

TEST(StrategyComparison, JobsOfOneKindAndStrategyAreOnePoint) {
  auto run = TwoStrategies();
  JobRecord again = run.record.jobs[5];
  again.name = "punch-again";
  again.number = 8;
  run.record.AddJob(again);
  const auto figures = StrategyFigures(run.record, kInstructions);
  ASSERT_EQ(figures[0].numbers.size(), 3u);
  EXPECT_EQ(figures[0].numbers[1][2], "32");
}

TEST(StrategyComparison, IsInThePageAndInMarkdownWithWhatWasLeftBehind) {
  const auto run = TwoStrategies();
  const std::string page = HtmlReport(run);
  EXPECT_THAT(page, HasSubstr("Strategies compared</h2>"));
  EXPECT_THAT(page, HasSubstr("id=\"strategies-0\""));
  const std::string table = TableAsMarkdown(run);
  EXPECT_THAT(table, HasSubstr("| punch | syscall | punch-64k | read | "));
  EXPECT_THAT(table, HasSubstr(" | 16 | 0 | 0 | 0 | 16 | 0 | \u2013 |\n"));
}

TEST(StrategyComparison, NamesOfTheRunCannotGetIntoPageTableOrScript) {
  auto run = TwoStrategies();
  for (JobRecord& job : run.record.jobs) {
    job.recovery += "</td><b>'\nquit\n|";
    job.access = "<i>|";
  }
  EXPECT_THAT(HtmlReport(run), Not(HasSubstr("<b>")));
  EXPECT_THAT(HtmlReport(run), Not(HasSubstr("<i>")));
  EXPECT_THAT(TableAsMarkdown(run), Not(HasSubstr("<b>")));
  for (const Figure& figure : StrategyFigures(run.record, kInstructions))
    EXPECT_THAT(figure.script, Not(HasSubstr("quit")));
}

}  // namespace
}  // namespace daxmend
