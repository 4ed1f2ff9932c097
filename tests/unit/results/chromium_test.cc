// SPDX-License-Identifier: GPL-2.0-only
//
// The report as a browser has it: Chromium, without a window.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "results/page/html_report.h"
#include "results/report/run_comparison.h"
#include "system/text_process.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

class Browser : public InScratchDirectory {
 protected:
  Browser() { std::filesystem::create_directories(directory_); }

  // The page after it was loaded (out) and what Chromium logged (err).
  TextResult Open(const std::string& page) {
    const std::string path = Write("page.html", page);
    return RunOnText(
        {"chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--user-data-dir=" + directory_ + "/profile",
         "--enable-logging=stderr", "--virtual-time-budget=1000",
         "--allow-file-access-from-files", "--dump-dom", "file://" + path},
        "", std::chrono::seconds(100));
  }
  std::string Write(const char* name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    ReplaceFile(path, content);
    return path;
  }
  static size_t Count(const std::string& text, const std::string& what) {
    size_t count = 0;
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at)
      ++count;
    return count;
  }
};

TEST_F(Browser, ShowsTheReportWithoutAWordOnItsConsole) {
  auto run = SampleRun(Clock::kVirtual);
  // A second strategy, to be drawn beside the first.
  JobRecord punched =
      SampleJob("punch-read", 6, "randread", 4096, 4096, 6'140, 256);
  punched.recovery = "punch";
  run.record.AddJob(punched);
  const TextResult result = Open(HtmlReport(run));
  if (result.status == 127) GTEST_SKIP() << "chromium is not installed";
  ASSERT_FALSE(result.timed_out);
  EXPECT_THAT(result.err, Not(HasSubstr("CONSOLE")));
  EXPECT_EQ(Count(result.out, "<svg"), ReportFigures(run).size());
  EXPECT_EQ(Count(result.out, "id=\"strategies-0\""), 1u);
  EXPECT_GT(Count(result.out, "<path"), ReportFigures(run).size());
  for (const JobRecord& job : run.record.jobs)
    for (const LatencyHistogram& h : job.paths) {
      if (!h.count()) continue;
      EXPECT_THAT(result.out,
                  HasSubstr("<td data-count=\"" + std::to_string(h.count()) +
                            "\">" + Grouped(h.count()) + "</td>"));
      for (uint64_t ns : {h.min(), h.max(), h.Percentile(50), h.Percentile(99),
                          h.Percentile(99.9)})
        EXPECT_THAT(result.out,
                    HasSubstr("<td data-ns=\"" + std::to_string(ns) + "\">" +
                              Grouped(ns) + "</td>"));
    }
}

TEST_F(Browser, FitsInto360PixelsWithoutScrollingSideways) {
  auto run = SampleRun(Clock::kVirtual);
  run.directory = "results/a-directory-with-a-name-longer-than-360-pixels-are";
  run.record.jobs[3].recovery = "punch";
  Write("report.html", HtmlReport(run));
  Write("comparison.html", ComparisonAsHtml({run, run}));
  Write("wide.html", "<p style=\"width:400px\">wide</p>");
  // A frame is as narrow as it is told; windows have a least width.
  std::string frames;
  for (const char* name : {"report", "comparison", "wide"})
    frames += std::string("<iframe style=\"width:360px;border:0\" src=\"") +
              name + ".html\"></iframe>";
  const TextResult result =
      Open("<!doctype html>" + frames +
           "<p id=\"widths\"></p><script>onload = () => {"
           "for (const frame of document.getElementsByTagName('iframe')) {"
           "const page = frame.contentDocument.documentElement;"
           "document.getElementById('widths').append("
           "page.scrollWidth > page.clientWidth ? 'scrolls ' : 'fits ')}}"
           "</script>");
  if (result.status == 127) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(result.out, HasSubstr("\"widths\">fits fits scrolls </p>"));
}

TEST_F(Browser, WouldHaveSaidWhatIsWrongWithAPage) {
  const TextResult result =
      Open("<!doctype html><script>console.error('wrong')</script>");
  if (result.status == 127) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(result.err, HasSubstr("CONSOLE"));
}

}  // namespace
}  // namespace daxmend
