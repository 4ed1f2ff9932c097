// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <random>

#include "core/error.h"
#include "results/hosts/hosts_table.h"
#include "results/hosts/merge_hosts.h"
#include "results/hosts/run_merger.h"
#include "results/page/html_report.h"
#include "results/report/findings.h"
#include "results/report/text_report.h"
#include "system/file_io.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A run of host `number`, whose latencies are its own.
Run OnHostNumber(unsigned number) {
  daxmend::Run run = SampleRun(Clock::kVirtual);
  run.directory = "results/host" + std::to_string(number);
  std::mt19937 random(number);
  for (JobRecord& job : run.record.jobs)
    for (Path path : {Path::kFast, Path::kRecovery}) {
      if (job.path(path).count() == 0) continue;
      for (int i = 0; i < 3000; ++i) {
        job.path(path).Record(5000 + random() % 100'000);
        job.timeline.Record(job.timeline.end_ns(), 4096,
                            path == Path::kRecovery);
        ++job.counters.ios;
        job.counters.bytes += 4096;
        job.counters.recovered_ios += path == Path::kRecovery;
      }
    }
  return run;
}

MergedRun MergeOf(const std::vector<daxmend::Run>& runs) {
  RunMerger merger;
  for (const daxmend::Run& run : runs) merger.Add(HostOf(run), run);
  return merger.Finish();
}

std::string Refusal(const Run& first, const Run& second) {
  RunMerger merger;
  merger.Add("a", first);
  try {
    merger.Add("b", second);
  } catch (const Error& e) {
    // Nothing of it is in the sum.
    EXPECT_EQ(merger.Finish().hosts.hosts.size(), 1u);
    return e.what();
  }
  return "";
}

TEST(Hosts, AreAddedUpToTheLastBucket) {
  std::vector<daxmend::Run> runs;
  for (unsigned i = 0; i < 8; ++i) runs.push_back(OnHostNumber(i));
  const MergedRun merged = MergeOf(runs);
  ASSERT_EQ(merged.record.jobs.size(), runs[0].record.jobs.size());
  for (const JobRecord& job : merged.record.jobs) {
    Counters counters;
    std::array<LatencyHistogram, kPaths> paths;
    uint64_t workers = 0;
    for (const daxmend::Run& run : runs) {
      const JobRecord& on_host = *run.record.Find(job.name);
      counters.Add(on_host.counters);
      workers += on_host.workers;
      for (size_t i = 0; i < kPaths; ++i) paths[i].Merge(on_host.paths[i]);
    }
    EXPECT_EQ(job.counters, counters);
    EXPECT_EQ(job.workers, workers);
    for (size_t i = 0; i < kPaths; ++i) {
      EXPECT_EQ(job.paths[i].Bins(), paths[i].Bins());
      EXPECT_EQ(job.paths[i].sum(), paths[i].sum());
      EXPECT_EQ(job.paths[i].min(), paths[i].min());
      EXPECT_EQ(job.paths[i].max(), paths[i].max());
    }
  }
  EXPECT_EQ(merged.record.poison.planted_sectors,
            8 * runs[0].record.poison.planted_sectors);
  EXPECT_EQ(merged.record.environment, runs[0].record.environment);
  // What is written is read as it was.
  EXPECT_EQ(HostsRecordFromJson(ToJson(merged.hosts), "hosts.json"),
            merged.hosts);
  EXPECT_EQ(ToJson(RunRecordFromJson(ToJson(merged.record), "run.json")),
            ToJson(merged.record));
}

TEST(Hosts, OrderDoesNotMatter) {
  const std::vector<daxmend::Run> runs = {OnHostNumber(1), OnHostNumber(2),
                                          OnHostNumber(3)};
  const MergedRun one = MergeOf(runs);
  const MergedRun other = MergeOf({runs[2], runs[0], runs[1]});
  EXPECT_EQ(ToJson(one.record), ToJson(other.record));
  EXPECT_EQ(ToJson(one.hosts), ToJson(other.hosts));
}

TEST(Hosts, KeepTheirOwnEnvironment) {
  daxmend::Run other = OnHostNumber(2);
  other.record.environment.kernel = "6.12.1";
  const MergedRun merged = MergeOf({OnHostNumber(1), other});
  EXPECT_THAT(merged.record.environment.kernel, HasSubstr("6.12.1"));
  EXPECT_THAT(merged.record.environment.kernel, HasSubstr(" | "));
  EXPECT_EQ(merged.hosts.hosts[1].environment.kernel, "6.12.1");
}

TEST(Hosts, AreNotMixedWithWhatIsNoRunOfTheSame) {
  const daxmend::Run run = OnHostNumber(1);
  EXPECT_EQ(Refusal(run, OnHostNumber(2)), "");
  daxmend::Run other = OnHostNumber(2);
  other.record.environment.clock = Clock::kWall;
  EXPECT_THAT(Refusal(run, other),
              AllOf(HasSubstr("the runs of a and b"), HasSubstr("clock")));
  other = OnHostNumber(2);
  other.record.environment.fio = "fio-3.99";
  EXPECT_THAT(Refusal(run, other), HasSubstr("fio-3.99"));
  other = OnHostNumber(2);
  other.record.jobs[0].options["bs"] = "64k";
  EXPECT_THAT(
      Refusal(run, other),
      AllOf(HasSubstr("job " + run.record.jobs[0].name), HasSubstr("bs=64k")));
  other = OnHostNumber(2);
  other.record.jobs[0].name = "another";
  EXPECT_THAT(Refusal(run, other), HasSubstr("job another here"));
  other = OnHostNumber(2);
  other.record.poison.unit_bytes = 64;
  EXPECT_THAT(Refusal(run, other), HasSubstr("units of"));
  RunMerger merger;
  merger.Add("a", run);
  EXPECT_THROW(merger.Add("a", OnHostNumber(2)), Error);
  EXPECT_THROW(RunMerger().Finish(), Error);
}

TEST(Hosts, DoNotCountTwiceInASumOfSums) {
  daxmend::Run sum = OnHostNumber(3);
  sum.hosts = MergeOf({OnHostNumber(1), OnHostNumber(2)}).hosts;
  EXPECT_THAT(Refusal(OnHostNumber(1), sum), HasSubstr("sum of several"));
}

TEST(Hosts, AreNamedByTheirDirectoryWhateverItsForm) {
  for (const char* name : {"results/a", "results/a/", "./a/.", "a"})
    EXPECT_EQ(HostOfDirectory(name), "a") << name;
}

TEST(Hosts, ThatEndedEarlyAreAddedAndMarked) {
  daxmend::Run cut = OnHostNumber(2);
  const std::string last = cut.record.jobs.back().name;
  cut.record.jobs.pop_back();
  for (const auto& runs : {std::vector<daxmend::Run>{OnHostNumber(1), cut},
                           {cut, OnHostNumber(1)}}) {
    const MergedRun merged = MergeOf(runs);
    EXPECT_THAT(merged.record.unfinished, ElementsAre(last));
    EXPECT_THAT(merged.hosts.hosts[0].unfinished, IsEmpty());
    EXPECT_THAT(merged.hosts.hosts[1].unfinished, ElementsAre(last));
    EXPECT_THAT(HostsAsText(merged.hosts, 80), HasSubstr("* host2"));
  }
}

TEST(Hosts, WithoutOneOfThemNothingIsClean) {
  RunMerger merger;
  merger.Add("a", OnHostNumber(1));
  merger.AddMissing("b", "results/b", "has no run.json");
  const MergedRun merged = merger.Finish();
  daxmend::Run run;
  run.record = merged.record;
  run.hosts = merged.hosts;
  const Findings findings =
      FindingsOf(run, LatencyFormat(Clock::kVirtual, Script::kPlain));
  EXPECT_FALSE(findings.clean);
  EXPECT_THAT(findings.verdict,
              HasSubstr("nothing came back from 1 of 2 hosts (b)"));
  EXPECT_EQ(merged.record.unfinished.size(), merged.record.jobs.size());
  EXPECT_THAT(TextReport(run), HasSubstr("* b"));
  EXPECT_EQ(HostsRecordFromJson(ToJson(merged.hosts), "hosts.json"),
            merged.hosts);
}

TEST(Hosts, ThoseThatStandOutComeFirst) {
  std::vector<daxmend::Run> runs;
  for (unsigned i = 0; i < 50; ++i) {
    daxmend::Run run = SampleRun(Clock::kVirtual);
    run.directory = "results/host" + std::to_string(100 + i);
    for (JobRecord& job : run.record.jobs)
      for (LatencyHistogram& path : job.paths)
        if (path.count() != 0) {
          path = {};
          for (int n = 0; n < 100; ++n)
            path.Record(10'000 + i + (i == 33 ? 5'000 : 0));
        }
    runs.push_back(std::move(run));
  }
  const MergedRun merged = MergeOf(runs);
  const std::vector<HostRow> rows = MakeHostsTable(merged.hosts);
  ASSERT_EQ(rows.size(), 51u);
  EXPECT_EQ(rows[0].host, nullptr);
  EXPECT_EQ(rows[1].host->host, "host133");
  EXPECT_NEAR(rows[1].ratio, 1.5, 0.01);
  EXPECT_THAT(rows[1].mark, HasSubstr("another median"));
  EXPECT_EQ(rows[2].host->host, "host100") << "the others by name";
  EXPECT_THAT(rows[2].mark, Not(HasSubstr("median")));
  const std::string text = HostsAsText(merged.hosts, 80);
  EXPECT_THAT(text, HasSubstr("10 more do not stand out"));
  const std::string csv = HostsAsCsv(merged.hosts);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 52);
  const std::string markdown = HostsAsMarkdown(merged.hosts);
  EXPECT_EQ(std::count(markdown.begin(), markdown.end(), '\n'), 53);
}

TEST(Hosts, NamesAreWhateverTheyAre) {
  RunMerger merger;
  merger.Add("<b>|\x1b[1m\"", OnHostNumber(1));
  const MergedRun merged = merger.Finish();
  daxmend::Run run;
  run.record = merged.record;
  run.hosts = merged.hosts;
  EXPECT_THAT(HostsAsText(merged.hosts, 80), Not(HasSubstr("\x1b")));
  EXPECT_THAT(HostsSection(merged.hosts),
              AllOf(HasSubstr("&lt;b&gt;"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(HostsAsMarkdown(merged.hosts), Not(HasSubstr("<b>")));
}

TEST(Hosts, ARecordThatSaysOtherThingsIsRefused) {
  const std::string text =
      ToJson(MergeOf({OnHostNumber(1), OnHostNumber(2)}).hosts);
  EXPECT_THROW(HostsRecordFromJson(text.substr(0, text.size() / 2), "h"),
               Error);
  std::string other = text;
  other.replace(other.find("\"schema\": 1"), 11, "\"schema\": 9");
  EXPECT_THROW(HostsRecordFromJson(other, "h"), Error);
  other = text;
  other.replace(other.find("host2"), 5, "host1");
  EXPECT_THROW(HostsRecordFromJson(other, "h"), Error);
}

class HostRuns : public InScratchDirectory {
 protected:
  HostRun Store(const std::string& name, const std::string& record) {
    const HostRun run = {.host = name, .directory = directory_ + "/" + name};
    std::filesystem::create_directory(run.directory);
    ReplaceFile(run.directory + "/run.json", record);
    return run;
  }
  HostRun Store(const std::string& name) {
    return Store(name, ToJson(OnHostNumber(1).record));
  }
  HostsRecord Merge(const std::vector<HostRun>& runs) {
    return MergeHosts(runs, directory_ + "/all", true, "test");
  }
};

TEST_F(HostRuns, AreNotCleanWhereAllWereCutShort) {
  HostRun lost = Store("lost");
  lost.cut_short = true;
  lost.sections = {"layout", "never-began"};
  EXPECT_THAT(Merge({lost}).hosts[0].unfinished, ElementsAre("never-began"));
  const Findings findings =
      FindingsOf(LoadRun(directory_ + "/all"),
                 LatencyFormat(Clock::kVirtual, Script::kPlain));
  EXPECT_FALSE(findings.clean);
  EXPECT_THAT(findings.verdict, HasSubstr("never-began"));
}

TEST_F(HostRuns, ThatCannotBeReadAreMissing) {
  const HostsRecord hosts = Merge({Store("bad", "{"), Store("good")});
  EXPECT_THAT(hosts.hosts[0].missing, HasSubstr("bad/run.json"));
  EXPECT_EQ(hosts.hosts[1].missing, "");
}

// Of a job's four processes two have left something when the host is lost.
TEST(Hosts, CutShortAreMissedByTheNumberOfTheirWorkers) {
  std::string directory = testing::TempDir() + "daxmend-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  std::vector<HostRun> runs;
  for (const char* name : {"lost", "whole"}) {
    daxmend::Run run = OnHostNumber(1);
    for (JobRecord& job : run.record.jobs) {
      job.options["numjobs"] = "4";
      job.workers = name == std::string("lost") ? 2 : 4;
    }
    runs.push_back({.host = name, .directory = directory + "/" + name});
    std::filesystem::create_directory(runs.back().directory);
    ReplaceFile(runs.back().directory + "/run.json", ToJson(run.record));
  }
  const auto merge = [&] {
    return MergeHosts(runs, directory + "/all", false, "test");
  };
  EXPECT_THAT(merge().hosts[0].unfinished, IsEmpty());
  runs[0].cut_short = true;
  const HostsRecord hosts = merge();
  EXPECT_EQ(hosts.hosts[0].unfinished.size(),
            OnHostNumber(1).record.jobs.size());
  EXPECT_THAT(hosts.hosts[1].unfinished, IsEmpty());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace daxmend
