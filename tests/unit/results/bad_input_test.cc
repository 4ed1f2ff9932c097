// SPDX-License-Identifier: GPL-2.0-only
//
// What reports, gates and histories are given when something went wrong before
// them: every file of a run cut off, of another version, edited by hand, or
// with numbers that nobody measured. Each is read for what it is or refused in
// one line that names the file; nothing is guessed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "results/bench/bench_samples.h"
#include "results/gate/gate_formats.h"
#include "results/history/history.h"
#include "results/page/html_report.h"
#include "results/report/run_comparison.h"
#include "results/report/table_formats.h"
#include "results/report/text_report.h"
#include "tests/unit/instrumented.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kPolicy[] =
    R"({"schema":1,"rules":[{"path":"fast","tolerance":5,"ignore":false}]})";

constexpr char kSamples[] =
    R"({"schema":1,"environment":"e","a":"x","b":"y","series":[{"job":"j",)"
    R"("path":"read","metric":"p50","unit":"ns","better":"lower",)"
    R"("a":[1,2,3,4,5,6,7,8],"b":[1,2,3,4,5,6,7,null]}]})";

template <class Work>
std::string ErrorOf(Work work) {
  try {
    work();
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
    return e.what();
  }
  return "";
}

// Every way in which a run is shown.
std::string AllReports(const daxmend::Run& run) {
  return TextReport(run) + TableAsJson(run) + TableAsMarkdown(run) +
         TableAsCsv(run) + HtmlReport(run) + ComparisonAsText({run, run}) +
         ComparisonAsCsv({run, run}) + ComparisonAsMarkdown({run, run}) +
         ComparisonAsHtml({run, run});
}

// Where a number stands that is none, with what is around it; "" if nowhere.
std::string NoNumberIn(const std::string& text) {
  auto letter = [&](size_t at) {
    return at < text.size() &&
           std::isalnum(static_cast<unsigned char>(text[at]));
  };
  for (const char* none : {"nan", "inf"})
    for (size_t at = 0; (at = text.find(none, at)) != std::string::npos;
         at += 3)
      if (!letter(at - 1) && !letter(at + 3))
        return text.substr(at - std::min<size_t>(at, 40), 80);
  return "";
}

void ExpectNumbersOnly(const std::string& text) {
  EXPECT_EQ(NoNumberIn(text), "");
}

class BadInput : public InScratchDirectory {
 protected:
  BadInput() {
    WriteSampleDirectory(base_, Clock::kVirtual);
    WriteSampleDirectory(next_, Clock::kVirtual);
  }
  std::string ErrorOfLoading(const std::string& directory) {
    return ErrorOf([&] { LoadRun(directory); });
  }
  // Sets one value of a file of the baseline.
  void Set(const char* file, const char* pointer, const json& value) {
    json document = json::parse(ReadFile(base_ + "/" + file));
    document[json::json_pointer(pointer)] = value;
    ReplaceFile(base_ + "/" + file, document.dump());
  }
  // What a gate says of the two directories.
  GateResult Judge() {
    return JudgeRuns(LoadRun(base_).record, base_, LoadRun(next_).record, next_,
                     Policy(), "");
  }
  const std::string base_ = directory_ + "/base", next_ = directory_ + "/new";
};

TEST_F(BadInput, FilesCutOffAnywhereAreNamed) {
  for (const char* file : {"run.json", "fio.json", "inject.json"}) {
    const std::string path = base_ + "/" + file, whole = ReadFile(path);
    // The last byte is a newline: without it the document is whole.
    for (size_t length = 0; length + 1 < whole.size();
         length += 1 + whole.size() / 50) {
      ReplaceFile(path, whole.substr(0, length));
      EXPECT_THAT(ErrorOfLoading(base_),
                  AllOf(StartsWith(path), HasSubstr("truncated")))
          << length;
    }
    ReplaceFile(path, whole);
  }
  for (const std::string& whole : {std::string(kPolicy), std::string(kSamples)})
    for (size_t length = 0; length < whole.size();
         length += kInstrumented ? 7 : 1) {
      const std::string text = whole.substr(0, length);
      EXPECT_THAT(ErrorOf([&] { PolicyFromJson(text, "p.json"); }),
                  StartsWith("p.json is not valid JSON"));
      EXPECT_THAT(ErrorOf([&] { BenchSamplesFromJson(text, "s.json"); }),
                  StartsWith("s.json is not valid JSON"));
    }
}

TEST_F(BadInput, ABaselineOfAnotherSchemaIsRefusedNotGuessed) {
  for (int other : {1, kOldestRunRecord - 1, kRunRecordSchema + 1}) {
    Set("run.json", "/schema", other);
    EXPECT_THAT(
        ErrorOf([&] { Judge(); }),
        AllOf(
            StartsWith(base_ + "/run.json: schema is " + std::to_string(other)),
            HasSubstr("this daxmend reads 3 and 4"),
            HasSubstr("use the daxmend that wrote it, or run again")));
  }
}

TEST_F(BadInput, VersionsMixedInOneDirectoryOrOneComparisonAreNamed) {
  Set("inject.json", "/schema", 2);
  EXPECT_THAT(ErrorOfLoading(base_),
              AllOf(StartsWith(base_ + "/inject.json: schema is not 1"),
                    HasSubstr("another version of daxmend")));
  EXPECT_EQ(ErrorOfLoading(next_), "");
  json policy = json::parse(kPolicy), samples = json::parse(kSamples);
  policy["schema"] = samples["schema"] = 2;
  EXPECT_THAT(ErrorOf([&] { PolicyFromJson(policy.dump(), "p.json"); }),
              StartsWith("p.json: schema is not 1"));
  EXPECT_THAT(ErrorOf([&] { BenchSamplesFromJson(samples.dump(), "s.json"); }),
              AllOf(StartsWith("s.json: schema is not 1"), HasSubstr("again")));
}

TEST_F(BadInput, NumbersEditedByHandDoNotAddUpAndAreRefused) {
  const char* fast = "/jobs/1/paths/fast/";
  for (const char* key : {"p50", "p99", "p999", "mean", "count", "sum"}) {
    WriteSampleDirectory(base_, Clock::kVirtual);
    Set("run.json", (std::string(fast) + key).c_str(), 1);
    EXPECT_THAT(ErrorOfLoading(base_),
                StartsWith(base_ + "/run.json: jobs[1].paths.fast."))
        << key;
  }
}

TEST_F(BadInput, PoliciesAndSamplesEditedAnywhereAreReadOrRefusedByName) {
  for (const std::string& whole : {std::string(kPolicy), std::string(kSamples)})
    for (size_t at = 0; at < whole.size(); ++at)
      for (char byte : {'-', '9', '"', 'e', '{'}) {
        std::string text = whole;
        text[at] = byte;
        const std::string error = ErrorOf([&] { PolicyFromJson(text, "f"); });
        EXPECT_TRUE(error.empty() || error.starts_with("f")) << error;
        const std::string other = ErrorOf([&] {
          ExpectNumbersOnly(GateAsText(
              JudgeSamples(BenchSamplesFromJson(text, "f"), Policy(), "")));
        });
        EXPECT_TRUE(other.empty() || other.starts_with("f")) << other;
      }
}

TEST_F(BadInput, FioOutputThatWasRedirectedIsReadInSpiteOfItsDiagnostics) {
  const std::string json = ReadFile(base_ + "/fio.json");
  const std::string path = base_ + "/fio.json";
  ReplaceFile(path, "fio: unable to open x\n{ not this\n" + json +
                        "\nlayout: (groupid=0, jobs=1)\n");
  EXPECT_EQ(LoadRun(base_).fio->jobs.size(), 2u);
  std::string inside = json;
  inside.insert(inside.find("\n\"jobs\""), "\nfio: pid=7, err=5\n");
  ReplaceFile(path, inside);
  EXPECT_THAT(ErrorOfLoading(base_), StartsWith(path + " is not valid JSON"));
}

TEST_F(BadInput, AnInterruptedRunIsReportedAndNeverPasses) {
  // Killed before its last job: run.json ends earlier, fio.json is not there.
  RunRecord record = SampleRecord(Clock::kVirtual);
  record.jobs.pop_back();
  ReplaceFile(next_ + "/run.json", ToJson(record));
  std::filesystem::remove(next_ + "/fio.json");
  GateResult result = Judge();
  EXPECT_EQ(result.Status(), 2);
  EXPECT_THAT(result.refusal, HasSubstr("job recover-write is missing now"));
  ExpectNumbersOnly(AllReports(LoadRun(next_)));
  // Asked to stop, the last job counts what it did.
  record = SampleRecord(Clock::kVirtual);
  record.jobs.back() =
      SampleJob("recover-write", 5, "randwrite", 4096, 8192, 3'480, 512);
  ReplaceFile(next_ + "/run.json", ToJson(record));
  result = Judge();
  EXPECT_EQ(result.Status(), 1);
  bool seen = false;
  for (const GateRow& row : result.rows)
    if (row.key == MetricKey{"recover-write", "job", "ios"})
      seen = row.verdict == Verdict::kChanged;
  EXPECT_TRUE(seen);
}

TEST_F(BadInput, RunsWithoutASampleAreShownAndNeverPassForWork) {
  RunRecord idle = SampleRecord(Clock::kVirtual);
  for (JobRecord& job : idle.jobs) {
    job.counters = {};
    job.paths = {};
    job.timeline = {};
  }
  idle.poison = {};
  ReplaceFile(next_ + "/run.json", ToJson(idle));
  const std::string text = AllReports(LoadRun(next_));
  ExpectNumbersOnly(text);
  EXPECT_THAT(text, HasSubstr("no I/O was timed"));
  const GateResult result = Judge();
  EXPECT_EQ(result.Status(), 1);
  EXPECT_GT(result.Count(Verdict::kVanished), 0u);
  ExpectNumbersOnly(GateAsText(result) + GateAsJson(result));

  History history(directory_ + "/history", true);
  history.Add(idle, "", 1);
  ExpectNumbersOnly(HistoryAsText(history.Series({"*", "*", "*"})));

  json samples = json::parse(kSamples);
  samples["series"][0]["a"] = samples["series"][0]["b"] = json::array();
  EXPECT_EQ(
      JudgeSamples(BenchSamplesFromJson(samples.dump(), "s"), {}, "").Status(),
      2);
}

TEST_F(BadInput, WhatIsNoNumberIsRefusedByItsPlace) {
  for (const std::string word :
       {"NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "1e999", "-1e999",
        "0x10", "1.", "+1"}) {
    for (const char* file : {"run.json", "inject.json", "fio.json"}) {
      WriteSampleDirectory(base_, Clock::kVirtual);
      std::string text = ReadFile(base_ + "/" + file);
      const size_t digit = text.find_first_of("0123456789", text.find(':'));
      const size_t begin = text.rfind(':', digit) + 1;
      text.replace(begin, text.find_first_of(",}\n", digit) - begin, word);
      ReplaceFile(base_ + "/" + file, text);
      EXPECT_THAT(ErrorOfLoading(base_), StartsWith(base_ + "/" + file))
          << word << " in " << file;
    }
    std::string policy = kPolicy, samples = kSamples;
    policy.replace(policy.find("5"), 1, word);
    samples.replace(samples.find("[1,") + 1, 1, word);
    EXPECT_THAT(ErrorOf([&] { PolicyFromJson(policy, "p"); }), StartsWith("p"))
        << word;
    EXPECT_THAT(ErrorOf([&] { BenchSamplesFromJson(samples, "s"); }),
                StartsWith("s"))
        << word;
  }
}

TEST_F(BadInput, HugeNumbersStayNumbers) {
  RunRecord record = SampleRecord(Clock::kVirtual);
  JobRecord& job = record.jobs[1];
  job.counters.bytes = job.counters.saved_bytes = UINT64_MAX;
  job.counters.left_sectors = job.counters.lost_sectors = UINT64_MAX;
  job.path(Path::kFast) = {};
  job.path(Path::kFast).Record(UINT64_MAX / 2);
  job.start_ns = UINT64_MAX;
  record.poison = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
  record.start_ns = UINT64_MAX;
  for (Clock clock : {Clock::kVirtual, Clock::kWall}) {
    record.environment.clock = clock;
    ReplaceFile(next_ + "/run.json", ToJson(record));
    ExpectNumbersOnly(AllReports(LoadRun(next_)));
  }
  record.environment.clock = Clock::kVirtual;
  ReplaceFile(next_ + "/run.json", ToJson(record));
  const GateResult result = Judge();
  EXPECT_EQ(result.Status(), 1);
  ExpectNumbersOnly(GateAsText(result) + GateAsJson(result));

  json samples = json::parse(kSamples);
  samples["series"][0]["a"] = json::array({1e300});
  samples["series"][0]["b"] = json::array({1});
  EXPECT_THAT(
      ErrorOf([&] { BenchSamplesFromJson(samples.dump(), "s.json"); }),
      StartsWith("s.json: series[0].a[0] is larger than anything that can be"));
  // As far apart as can be written: no ratio comes of it, and no pass.
  samples["series"][0]["a"] = std::vector<double>(20, 1e-300);
  samples["series"][0]["b"] = std::vector<double>(20, 1e18);
  const GateResult apart =
      JudgeSamples(BenchSamplesFromJson(samples.dump(), "s.json"), {}, "");
  EXPECT_EQ(apart.Status(), 2);
  ExpectNumbersOnly(GateAsText(apart) + GateAsJson(apart));
}

TEST_F(BadInput, APolicyForWhatDoesNotExistIsAnErrorUnderBothClocks) {
  const Policy policy = PolicyFromJson(
      R"({"schema":1,"rules":[{"path":"fats","tolerance_percent":1}]})",
      "p.json");
  const std::string misspelt = "p.json: rules[0] (job *, path fats, metric *) ";
  const RunRecord record = SampleRecord(Clock::kVirtual);
  EXPECT_THAT(
      ErrorOf([&] { JudgeRuns(record, "a", record, "b", policy, "p.json"); }),
      StartsWith(misspelt));
  EXPECT_THAT(ErrorOf([&] {
                JudgeSamples(BenchSamplesFromJson(kSamples, "s"), policy,
                             "p.json");
              }),
              StartsWith(misspelt));
}

}  // namespace
}  // namespace daxmend
