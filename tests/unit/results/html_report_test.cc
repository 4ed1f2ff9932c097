// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "results/page/html_text.h"
#include "results/page/svg_drawing.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at)
    ++count;
  return count;
}

// The first tag that is closed without being open or left open, "" for none.
std::string Unbalanced(const std::string& page) {
  const std::set<std::string> kVoid = {"meta", "link", "br", "!doctype"};
  std::vector<std::string> open;
  for (size_t at = 0; (at = page.find('<', at)) != std::string::npos;) {
    size_t end = page.find('>', at);
    if (end == std::string::npos) return page.substr(at, 40);
    std::string tag = page.substr(at + 1, end - at - 1);
    const bool closing = tag[0] == '/', empty = tag.back() == '/';
    std::string name =
        tag.substr(closing, tag.find_first_of(" \n/", 1) - closing);
    if (closing) {
      if (open.empty() || open.back() != name) return "</" + name;
      open.pop_back();
    } else if (!empty && !kVoid.count(name)) {
      open.push_back(name);
      // A style sheet is text, not tags.
      if (name == "style") end = page.find("</style>", end) - 1;
    }
    at = end + 1;
  }
  return open.empty() ? "" : "<" + open.back();
}

TEST(Escaped, LeavesNothingThatHtmlWouldAct) {
  EXPECT_EQ(Escaped("<a href=\"x\" title='y'>&"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
}

TEST(Escaped, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(Escaped("\u00b5 \u20ac \U0001f600"), "\u00b5 \u20ac \U0001f600");
  for (const char* broken : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82",
                             "\xf5\x80\x80\x80", "\x1b", "\x7f"})
    EXPECT_THAT(Escaped(broken), HasSubstr("\ufffd"));
}

TEST(HtmlReport, IsAWholePageWithADrawingForEachFigure) {
  auto run = SampleRun(Clock::kVirtual);
  const std::string page = HtmlReport(run);
  EXPECT_EQ(Unbalanced(page), "");
  EXPECT_EQ(Count(page, "<svg"), ReportFigures(run).size());
  EXPECT_EQ(ReportFigures(run).size(), 2u * 2 + 5);
  EXPECT_EQ(Count(page, "<details><summary>Numbers"), 9u);
}

TEST(HtmlReport, SaysOfOtherMemoryWhatItIsAndNothingOfAnNvdimmsFirmware) {
  auto run = SampleRun(Clock::kVirtual);
  EXPECT_THAT(HtmlReport(run), HasSubstr("interpreted AML"));
  run.record.environment.memory = "CXL, 1 way";
  run.record.poison.unit_bytes = 64;
  const std::string page = HtmlReport(run);
  EXPECT_THAT(page, AllOf(HasSubstr("CXL, 1 way"), HasSubstr("Lines lost"),
                          Not(HasSubstr("interpreted AML"))));
}

TEST(HtmlReport, SaysWhenWhereAndByWhatItWasMade) {
  auto run = SampleRun(Clock::kVirtual);
  EXPECT_THAT(HtmlReport(run), HasSubstr("<a href=\"run.json\">run.json</a>"));
  run.origin = Origin{.date = "2026-11-29T05:47:12Z",
                      .host = "a<b",
                      .daxmend = "0.1.0",
                      .commit = "0123456789ab",
                      .command = "daxmend run a.fio",
                      .vm = "daxmend vm -- 'a && b'"};
  const std::string page = HtmlReport(run);
  for (const char* text :
       {"2026-11-29 05:47:12 UTC \u00b7 host a&lt;b \u00b7 daxmend",
        "commit 0123456789ab", "<code>daxmend run a.fio</code>",
        "a &amp;&amp; b"})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(HtmlReport, HasARowForEachDeviceOfAJobOnSeveral) {
  auto run = SampleRun(Clock::kWall);
  EXPECT_THAT(HtmlReport(run), Not(HasSubstr("Of jobs on several devices")));
  run.record.jobs[3].devices = {{"dax2.0", 23, 1, 2}, {"pmem<1>", 41, 0, 0}};
  const std::string page = HtmlReport(run);
  EXPECT_THAT(page, HasSubstr("<td>dax2.0</td><td>23</td><td>1</td>"
                              "<td>2</td>"));
  EXPECT_THAT(page, HasSubstr("<td>pmem&lt;1&gt;</td><td>41</td>"));
}

TEST(HtmlReport, NamesEveryAxisAndEveryPeak) {
  const std::string page = HtmlReport(SampleRun(Clock::kVirtual));
  for (const char* text : {">share of I/Os<", ">latency in instructions<",
                           ">share of I/Os at or below<", ">median "})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(HtmlReport, ShowsEveryValueOfAnOptionThatWasGivenSeveralTimes) {
  auto run = SampleRun(Clock::kWall);
  run.fio->jobs[0].options = {{"filename", "b"}, {"stonewall", ""}};
  run.record.jobs[0].options["filename"] = "a\nb";
  EXPECT_THAT(HtmlReport(run),
              HasSubstr("[layout]\nfilename=a\nfilename=b\nstonewall\n"));
}

TEST(HtmlReport, FetchesAndRunsNothing) {
  const std::string page = HtmlReport(SampleRun(Clock::kWall));
  for (const char* what : {"http:", "https:", "//cdn", "<script", "@import",
                           "url(h", "<img", "<iframe", "javascript:"})
    EXPECT_THAT(page, Not(HasSubstr(what)));
}

TEST(HtmlReport, HasNoIdTwiceAndNoReferenceToAMissingOne) {
  const std::string page = HtmlReport(SampleRun(Clock::kWall));
  std::set<std::string> ids;
  for (const std::string mark : {" id=\"", " id='"})
    for (size_t at = 0; (at = page.find(mark, at)) != std::string::npos;) {
      at += mark.size();
      std::string id = page.substr(at, page.find(mark.back(), at) - at);
      EXPECT_TRUE(ids.insert(id).second) << id;
    }
  for (size_t at = 0; (at = page.find("href='#", at)) != std::string::npos;) {
    at += 7;
    EXPECT_EQ(ids.count(page.substr(at, page.find('\'', at) - at)), 1u);
  }
}

TEST(HtmlReport, PlotsHaveNoColoursOfTheirOwn) {
  const std::string page = HtmlReport(SampleRun(Clock::kWall));
  EXPECT_THAT(page, Not(HasSubstr("rgb(")));
  EXPECT_THAT(page, HasSubstr("var(--series-2)"));
}

TEST(HtmlReport, FiguresEqualTheRunRecord) {
  auto run = SampleRun(Clock::kVirtual);
  const std::string page = HtmlPage(run, {}, {});
  for (const JobRecord& job : run.record.jobs)
    for (const LatencyHistogram& h : job.paths) {
      if (!h.count()) continue;
      EXPECT_THAT(page, HasSubstr("<td data-count=\"" +
                                  std::to_string(h.count()) + "\">"));
      for (uint64_t ns : {h.min(), h.max(), h.Percentile(50), h.Percentile(99),
                          h.Percentile(99.9)})
        EXPECT_THAT(page, HasSubstr("<td data-ns=\"" + std::to_string(ns) +
                                    "\">" + Grouped(ns) + "</td>"));
    }
}

TEST(HtmlReport, PoisonIsShownWhenItArrivedOrBeforeTheJobThatMetIt) {
  auto run = SampleRun(Clock::kVirtual);
  run.record.start_ns = 1'000'000'000;
  uint64_t now = 0;
  for (JobRecord& job : run.record.jobs) {
    job.start_ns = now;
    now += job.timeline.end_ns() + 5'000'000;
  }
  const JobRecord& reads = run.record.jobs[3];
  Injection between = run.injected.injections.at(0);
  between.time_ns = run.record.start_ns + reads.start_ns - 1'000'000;
  Injection during = between;
  during.time_ns =
      run.record.start_ns + reads.start_ns + 2 * reads.timeline.slot_ns() + 1;
  during.ranges.pop_back();
  run.injected.injections = {between, during};
  size_t arrivals = 0;
  for (const Figure& figure : ReportFigures(run)) {
    if (figure.columns.back() != "sectors injected") continue;
    for (size_t slot = 0; slot < figure.numbers.size(); ++slot) {
      const std::string& injected = figure.numbers[slot].back();
      if (injected == "0") continue;
      ++arrivals;
      EXPECT_EQ(figure.title, "recover-read: throughput");
      EXPECT_EQ(injected, slot == 0 ? "2" : "1");
      EXPECT_TRUE(slot == 0 || slot == 2) << slot;
      EXPECT_EQ(figure.legend.back().label, "poison injected");
    }
  }
  EXPECT_EQ(arrivals, 2u);
}

TEST(HtmlReport, MoreSeriesThanColoursAreDrawnBySizeOfTheirIo) {
  auto run = SampleRun(Clock::kVirtual);
  run.record.jobs.clear();
  for (uint64_t i = 0; i < 10; ++i)
    run.record.AddJob(SampleJob("job" + std::to_string(i), i, "randread",
                                i < 5 ? 4096 : 65536, 640, 2'000, 64));
  std::vector<std::string> titles;
  for (const Figure& figure : ReportFigures(run)) {
    EXPECT_LE(figure.legend.size(), 10u) << figure.title;
    if (figure.title.starts_with("Reads")) titles.push_back(figure.title);
  }
  EXPECT_THAT(titles, testing::ElementsAre("Reads of 4 KiB: distribution",
                                           "Reads of 4 KiB: percentiles",
                                           "Reads of 64 KiB: distribution",
                                           "Reads of 64 KiB: percentiles"));
  // And one large figure instead of ten.
  EXPECT_THAT(HtmlPage(run, {}, {}), HasSubstr("Recoveries of 10 jobs"));
}

TEST(HtmlReport, EscapesEveryStringOfTheRun) {
  const std::string evil = "</title><b onload='x'>&\"";
  auto run = SampleRun(Clock::kWall);
  Environment& e = run.record.environment;
  for (std::string* s :
       {&e.kernel, &e.machine, &e.filesystem, &e.cpu, &e.qemu, &e.fio,
        &e.daxmend, &run.directory, &run.fio->jobs[0].name,
        &run.injected.injections[0].file, &run.injected.injections[0].device,
        &run.injected.injections[0].injector})
    *s = evil;
  for (JobRecord& job : run.record.jobs) {
    job.name += evil;
    job.access = evil;
    job.recovery = evil;
  }
  run.fio->global_options = {{evil, evil}};
  const std::string page = HtmlReport(run);
  EXPECT_THAT(page, Not(HasSubstr("<b ")));
  EXPECT_EQ(Unbalanced(page), "");
}

TEST(HtmlReport, SaysThatAVirtualClockCountsInstructions) {
  EXPECT_THAT(HtmlPage(SampleRun(Clock::kVirtual), {}, {}),
              HasSubstr("a latency is a count of instructions"));
  EXPECT_THAT(HtmlPage(SampleRun(Clock::kWall), {}, {}),
              Not(HasSubstr("count of instructions")));
}

TEST(HtmlReport, ARunWithNothingInItIsAPage) {
  auto run = daxmend::Run();
  run.record.environment.clock = Clock::kWall;
  EXPECT_EQ(Unbalanced(HtmlReport(run)), "");
  JobRecord job;
  job.name = "nothing";
  run.record.AddJob(job);
  EXPECT_EQ(Unbalanced(HtmlReport(run)), "");
}

TEST(HtmlReport, ExtremeLatenciesAndSingleSamplesAreDrawn) {
  auto run = SampleRun(Clock::kWall);
  for (uint64_t ns : {uint64_t{0}, uint64_t{1}, UINT64_MAX / 2}) {
    JobRecord job;
    job.name = "edge";
    job.rw = "randread";
    job.counters.ios = 1;
    job.path(Path::kFast).Record(ns);
    job.timeline.Record(ns, 1, false);
    run.record.jobs = {job};
    EXPECT_EQ(Count(HtmlReport(run), "<svg"), 3u) << ns;
  }
}

// Puts a program called gnuplot first in PATH.
class OtherGnuplot : public InScratchDirectory {
 protected:
  OtherGnuplot() { std::filesystem::create_directories(bin_); }
  ~OtherGnuplot() override { setenv("PATH", path_.c_str(), 1); }
  std::string ErrorWith(const std::string& script) {
    if (!script.empty()) {
      ReplaceFile(bin_ + "/gnuplot", "#!/bin/sh\n" + script + "\n");
      std::filesystem::permissions(bin_ + "/gnuplot",
                                   std::filesystem::perms::all);
    }
    setenv("PATH", script.empty() ? bin_.c_str() : (bin_ + ":" + path_).c_str(),
           1);
    try {
      HtmlReport(SampleRun(Clock::kWall));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  const std::string path_ = std::getenv("PATH");
  const std::string bin_ = directory_ + "/bin";
};

TEST_F(OtherGnuplot, MissingIsSaidWithTheWayOut) {
  EXPECT_THAT(ErrorWith(""), HasSubstr("apt install gnuplot-nox"));
}

TEST_F(OtherGnuplot, FailureGivesItsReason) {
  EXPECT_THAT(ErrorWith("echo 'line 3: broken' >&2; exit 1"),
              HasSubstr("line 3: broken"));
}

TEST_F(OtherGnuplot, DyingBeforeItReadsIsAnErrorNotASignal) {
  EXPECT_THAT(ErrorWith("exec <&-; kill -9 $$"), HasSubstr("gnuplot failed"));
}

TEST_F(OtherGnuplot, DrawingLessThanAskedIsNoticed) {
  EXPECT_THAT(ErrorWith("cat >/dev/null; echo '<?xml?><svg></svg>'"),
              HasSubstr("drew only 1 of 9"));
  EXPECT_THAT(ErrorWith("cat >/dev/null; echo '<?xml?>'"),
              HasSubstr("drew no SVG"));
}

}  // namespace
}  // namespace daxmend
