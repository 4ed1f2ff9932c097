// SPDX-License-Identifier: GPL-2.0-only

#include "results/bench/bench_run.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "records/environment.h"
#include "records/json_reader.h"
#include "results/run/fio_output.h"
#include "results/run/fio_results.h"
#include "results/run/fio_run.h"
#include "results/run/unfinished_jobs.h"
#include "system/file_io.h"
#include "system/host_clock.h"
#include "system/text_process.h"

namespace daxmend {
namespace {

constexpr std::chrono::hours kLongest{24};
constexpr double kMiB = 1024 * 1024;

bool IsSetting(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string::npos ||
      std::isdigit(static_cast<unsigned char>(word[0])))
    return false;
  for (char c : word.substr(0, equals))
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  return true;
}

std::vector<std::string> CommandOf(const std::vector<std::string>& setting,
                                   const BenchRequest& request,
                                   const std::string& output) {
  std::vector<std::string> words = {"env"}, arguments;
  for (const std::string& word : setting)
    (IsSetting(word) ? words : arguments).push_back(word);
  for (const char* word : {"fio", "--eta=never", "--output-format=json+"})
    words.push_back(word);
  words.push_back("--output=" + output);
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), request.job.begin(), request.job.end());
  return words;
}

// The last line is where fio gives its reason.
std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// The run.json that fio's jobs wrote, "" when they wrote none.
std::string PathLogOf(const FioResults& fio) {
  auto find = [](const FioOptions& options) -> std::string {
    for (const auto& [name, value] : options)
      if (name == "path_log") return value;
    return "";
  };
  std::string path = find(fio.global_options);
  for (const FioJob& job : fio.jobs)
    if (path.empty()) path = find(job.options);
  return path;
}

void AddEngineValues(const RunRecord& record, std::vector<BenchValue>& out) {
  for (const std::string& job : record.unfinished)
    throw Error(
        {.cause = UnfinishedText(job), .way_out = "run the bench again"});
  if (record.environment.clock == Clock::kVirtual)
    throw Error({.thing = "the virtual clock",
                 .cause = "has no noise to measure",
                 .way_out = "compare two runs with daxmend gate"});
  static const std::set<std::string> kWanted = {
      "mean",       "min",        "p50",          "p99",          "p999",
      "throughput", "failed_ios", "lost_sectors", "recovered_ios"};
  for (const Measure& measure : MeasuresOf(record))
    if (kWanted.count(measure.key.metric))
      out.push_back(
          {measure.key, measure.sense, measure.unit, measure.value()});
}

std::vector<BenchValue> RunOnce(const std::vector<std::string>& setting,
                                const BenchRequest& request,
                                const std::string& output) {
  const std::vector<std::string> words = CommandOf(setting, request, output);
  const TextResult result = RunOnText(words, "", kLongest);
  if (result.status != 0)
    throw Error(
        {.thing = fmt::format("'{}'", Joined(words, " ")),
         .cause = "failed: " +
                  LastLine(result.err.empty() ? result.out : result.err)});
  const std::string json = SplitFioOutput(ReadFile(output)).json;
  if (json.empty())
    throw Error({.thing = "fio",
                 .cause = "left no JSON in " + output,
                 .way_out = "check the disk's free space"});
  std::vector<BenchValue> values = ValuesOfFio(json, output);
  const FioResults fio = FioResultsFromJson(json, output);
  for (const FioJob& job : fio.jobs)
    if (job.error)
      throw Error({.thing = "fio's job " + job.name,
                   .cause = fmt::format("ended in error {}", job.error),
                   .way_out = "make it run before it is measured"});
  const std::string log = PathLogOf(fio);
  if (log.empty()) return values;
  RunRecord record = RunRecordFromJson(ReadFile(log), log);
  record.unfinished = UnfinishedJobs(record, fio);
  AddEngineValues(record, values);
  return values;
}

void Store(const std::vector<BenchValue>& values, size_t pair, bool is_b,
           BenchSamples& samples, std::map<MetricKey, size_t>& index) {
  for (const BenchValue& value : values) {
    auto [at, is_new] = index.emplace(value.key, samples.series.size());
    if (is_new)
      samples.series.push_back({value.key, value.sense, value.unit, {}, {}});
    BenchSeries& series = samples.series[at->second];
    auto& side = is_b ? series.b : series.a;
    side.resize(std::max(side.size(), pair + 1));
    side[pair] = value.value;
  }
}

}  // namespace

std::vector<BenchValue> ValuesOfFio(std::string_view json,
                                    const std::string& source) {
  const nlohmann::json document = ParseJson(json, source);
  JsonReader root(document, source);
  std::vector<BenchValue> out;
  std::map<std::string, unsigned> seen;  // numjobs= gives jobs of one name
  for (const JsonReader& job : JobsOfFio(root)) {
    std::string name = job.At("jobname").String();
    if (const unsigned n = ++seen[name]; n > 1) name += fmt::format("#{}", n);
    for (const char* direction : {"read", "write", "trim"}) {
      if (!job.Has(direction)) continue;
      const JsonReader of = job.At(direction);
      if (of.At("total_ios").Unsigned() == 0) continue;
      auto add = [&](const char* metric, Sense sense, const char* unit,
                     double value) {
        out.push_back({{name, direction, metric}, sense, unit, value});
      };
      add("throughput", Sense::kHigher, "MiB/s",
          of.At("bw_bytes").Number() / kMiB);
      const JsonReader latency = of.At("clat_ns");
      add("mean", Sense::kLower, "ns", latency.At("mean").Number());
      add("min", Sense::kLower, "ns", latency.At("min").Number());
      if (!latency.Has("percentile")) continue;
      for (auto [metric, key] : {std::pair{"p50", "50.000000"},
                                 {"p99", "99.000000"},
                                 {"p999", "99.900000"}})
        if (latency.At("percentile").Has(key))
          add(metric, Sense::kLower, "ns",
              latency.At("percentile").At(key).Number());
    }
  }
  return out;
}

BenchSamples RunBench(const BenchRequest& request) {
  for (const auto* words : {&request.a, &request.b, &request.job})
    if (words == &request.job || !words->empty())
      CheckFioArguments(*words, "bench");
  std::error_code made;
  std::filesystem::create_directories(request.directory, made);
  const std::string output = MakeScratchFile(request.directory + "/fio.json");
  const ClockWatch watch(InWallClockGuest());
  BenchSamples samples;
  const std::string job = Joined(request.job, " ");
  samples.a = Joined(request.a, " ") + (request.a.empty() ? "" : " ") + job;
  samples.b = Joined(request.b, " ") + (request.b.empty() ? "" : " ") + job;
  const Environment environment = DescribeEnvironment();
  samples.environment =
      environment.kernel + ", " + environment.machine + ", " + environment.cpu;
  std::map<MetricKey, size_t> index;
  try {
    for (unsigned i = 0; i < request.warmup; ++i)
      for (const auto* setting : {&request.a, &request.b}) {
        if (request.progress) request.progress("warm-up");
        RunOnce(*setting, request, output);
      }
    for (unsigned pair = 0; pair < request.pairs; ++pair) {
      if (request.progress)
        request.progress(fmt::format("pair {} of {}", pair + 1, request.pairs));
      for (bool second : {false, true}) {
        const bool is_b = second != (pair % 2 == 1);
        Store(RunOnce(is_b ? request.b : request.a, request, output), pair,
              is_b, samples, index);
      }
    }
  } catch (...) {
    unlink(output.c_str());
    throw;
  }
  unlink(output.c_str());
  samples.clock_check = watch.Check();
  for (BenchSeries& series : samples.series) {
    series.a.resize(request.pairs);
    series.b.resize(request.pairs);
  }
  ReplaceFile(request.directory + "/samples.json", ToJson(samples));
  return samples;
}

}  // namespace daxmend
