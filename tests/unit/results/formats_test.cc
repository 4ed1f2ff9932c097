// SPDX-License-Identifier: GPL-2.0-only
//
// What is printed, whole: compared with tests/unit/golden/. With
// DAXMEND_WRITE_GOLDEN set the files are written instead; look at the
// difference before it is committed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/utf8.h"
#include "results/report/run_comparison.h"
#include "results/report/table_formats.h"
#include "results/report/text_report.h"
#include "system/file_io.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/widest_line.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(DAXMEND_TEST_DATA) + "/golden/" + name;
  if (std::getenv("DAXMEND_WRITE_GOLDEN")) ReplaceFile(path, text);
  EXPECT_EQ(text, ReadFile(path));
}

TEST(ReportFormats, TextOfAVirtualClockRun) {
  ExpectGolden("report_virtual.txt", TextReport(SampleRun(Clock::kVirtual)));
}

TEST(ReportFormats, TextOfAWallClockRun) {
  ExpectGolden("report_wall.txt", TextReport(SampleRun(Clock::kWall)));
}

TEST(ReportFormats, Json) {
  ExpectGolden("report_virtual.json", TableAsJson(SampleRun(Clock::kVirtual)));
}

TEST(ReportFormats, Markdown) {
  ExpectGolden("report_wall.md", TableAsMarkdown(SampleRun(Clock::kWall)));
}

TEST(ReportFormats, Csv) {
  ExpectGolden("report_virtual.csv", TableAsCsv(SampleRun(Clock::kVirtual)));
}

TEST(ReportFormats, SayWhenTheClockIsWrongOrWasNotChecked) {
  auto run = SampleRun(Clock::kWall);
  const std::string plain = TextReport(run);
  run.record.environment.clock_check = {ClockVerdict::kOk, 1, 1, 1000, ""};
  EXPECT_EQ(TextReport(run), plain);
  run.record.environment.clock_check = {ClockVerdict::kWrong, 2, 2, 1000, ""};
  EXPECT_NE(TextReport(run).find("wall; WRONG: ran at 2.00000 times the "),
            std::string::npos);
  run.record.environment.clock_check = {ClockVerdict::kUnknown, 0, 0, 0,
                                        "no HPET"};
  EXPECT_NE(
      TextReport(run).find("wall; not checked against the host's: no HPET\n"),
      std::string::npos);
  EXPECT_NE(TableAsMarkdown(run).find(
                "\nClock: not checked against the host's: no HPET.\n"),
            std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(
                TableAsJson(run))["environment"]["clock_check"]["problem"],
            "no HPET");
  EXPECT_NE(ComparisonAsText({SampleRun(Clock::kWall), run})
                .find("B's clock: not checked against the host's: no HPET\n"),
            std::string::npos);
}

TEST(TextReport, SaysWhenWhereAndByWhatItWasMade) {
  auto run = SampleRun(Clock::kVirtual);
  EXPECT_THAT(TextReport(run, 80), Not(HasSubstr("\nmade ")));
  run.origin = Origin{.date = "2026-11-29T05:47:12Z",
                      .host = "a\x1b[31mb",
                      .daxmend = "0.1.0",
                      .commit = "0123456789ab",
                      .command = "daxmend run a.fio",
                      .vm = ""};
  const std::string text = TextReport(run, 80);
  EXPECT_THAT(text, HasSubstr("\nmade     2026-11-29T05:47:12Z on a"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("\nby       daxmend run a.fio\n"));
  EXPECT_THAT(text, HasSubstr("(0123456789ab)\n"));
}

TEST(TextReport, FitsTheTerminalAndEightyColumnsWithoutOne) {
  for (Clock clock : {Clock::kWall, Clock::kVirtual}) {
    EXPECT_LE(Widest(TextReport(SampleRun(clock))), 80u);
    for (size_t columns : {60, 70, 100, 200})
      EXPECT_LE(Widest(TextReport(SampleRun(clock), columns)),
                std::min<size_t>(columns, 100));
  }
}

TEST(TextReport, FiguresOfAnySizeStandWholeInEightyColumns) {
  auto run = SampleRun(Clock::kVirtual);
  for (JobRecord& job : run.record.jobs) {
    LatencyHistogram& h = job.path(Path::kFast);
    h = {};
    for (uint64_t i = 0; i < 10; ++i) h.Record(1'234'567'890'123 * (i + 1));
  }
  const std::string text = TextReport(run);
  EXPECT_LE(Widest(text), 80u);
  EXPECT_NE(text.find("1,234,567,890,123"), std::string::npos);
  EXPECT_NE(text.find("12,345,678,901,230"), std::string::npos);
}

TEST(TextReport, NamesCannotDriveTheTerminal) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "a\x1b[2Jb\nc";
  const std::string text = TextReport(run);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("a\\x1b[2Jb\\nc"), std::string::npos);
}

TEST(TableAsJson, EqualsTheRunRecord) {
  auto run = SampleRun(Clock::kVirtual);
  const auto table = nlohmann::json::parse(TableAsJson(run));
  const auto record = nlohmann::json::parse(ToJson(run.record));
  size_t compared = 0;
  for (const auto& row : table["rows"])
    for (const auto& job : record["jobs"])
      if (job["name"] == row["job"])
        for (const char* key :
             {"count", "min", "max", "mean", "p50", "p99", "p999"}) {
          EXPECT_EQ(row[key],
                    job["paths"][row["path"].get<std::string>()].value(
                        key, nlohmann::json()));
          ++compared;
        }
  EXPECT_EQ(compared, 12u * 7u);
}

TEST(TableAsCsv, QuotesWhatNeedsItAndDefusesFormulas) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "a,\"b\"";
  run.record.jobs[1].name = "=1+1";
  const std::string csv = TableAsCsv(run);
  EXPECT_NE(csv.find("\"a,\"\"b\"\"\",write"), std::string::npos);
  EXPECT_NE(csv.find("\"'=1+1\","), std::string::npos);
}

TEST(TableAsMarkdown, NamesCannotBreakTheTable) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "a|b\n<img>@x";
  EXPECT_NE(TableAsMarkdown(run).find("| a\\|b &lt;img>\\@x | fast |"),
            std::string::npos);
}

TEST(TableAsMarkdown, NamesAreNoMarkdownAndNoLink) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "~~a~~ $x$ https://h/ www.h";
  EXPECT_NE(TableAsMarkdown(run).find(
                "| \\~\\~a\\~\\~ \\$x\\$ https:/\\/h/ www\\.h | fast |"),
            std::string::npos);
}

TEST(Tables, NamesCannotDriveTheTerminal) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "a\x1b[2Jb\u009b2Jc\x7f\x9b";
  for (const std::string& table :
       {TableAsMarkdown(run), TableAsCsv(run), TableAsJson(run),
        ComparisonAsText({run, run}), ComparisonAsMarkdown({run, run}),
        ComparisonAsCsv({run, run})}) {
    EXPECT_EQ(table.find('\x1b'), std::string::npos) << table;
    EXPECT_EQ(table.find("\u009b"), std::string::npos) << table;
    EXPECT_EQ(table.find('\x7f'), std::string::npos) << table;
    EXPECT_TRUE(IsUtf8(table)) << table;
  }
}

TEST(TableAsCsv, ANameOfSeveralLinesStaysOneField) {
  auto run = SampleRun(Clock::kWall);
  run.record.jobs[0].name = "a\nb\r";
  EXPECT_NE(TableAsCsv(run).find("\"a\nb\\r\",write"), std::string::npos);
}

}  // namespace
}  // namespace daxmend
