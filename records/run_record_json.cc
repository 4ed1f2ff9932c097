// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include "core/error.h"
#include "core/range.h"
#include "records/json_reader.h"
#include "records/json_text.h"
#include "records/latency_json.h"
#include "records/run_record.h"

namespace daxmend {
namespace {

// One table for both directions: a key cannot be written and not read.
constexpr ClockVerdict kClockVerdicts[] = {
    ClockVerdict::kOk, ClockVerdict::kWrong, ClockVerdict::kUnknown};

struct PoisonKey {
  const char* key;
  uint64_t PoisonRecord::*member;
};
constexpr PoisonKey kPoisonKeys[] = {
    {"planted_sectors", &PoisonRecord::planted_sectors},
    {"planted_pages", &PoisonRecord::planted_pages},
    {"remaining_sectors", &PoisonRecord::remaining_sectors},
};

constexpr PoisonKey kSurpriseKeys[] = {
    {"machine_checks", &PoisonRecord::machine_checks},
    {"taken_pages", &PoisonRecord::taken_pages},
};

template <class Keys, class Record>
std::string UnsignedMembers(const Keys& keys, const Record& record) {
  std::string out;
  for (const auto& one : keys) {
    if (!out.empty()) out += ", ";
    out += "\"" + std::string(one.key) +
           "\": " + std::to_string(record.*one.member);
  }
  return out;
}

std::string CounterMembers(const Counters& counters) {
  std::vector<CounterKind> shown;
  for (const CounterKind& kind : kCounters)
    if (kind.IsShownFor(counters)) shown.push_back(kind);
  return UnsignedMembers(shown, counters);
}

std::string OptionsJson(const std::map<std::string, std::string>& options) {
  std::string out = "{";
  const char* comma = "";
  for (const auto& [name, value] : options) {
    out += comma + QuotedJson(name) + ": " + QuotedJson(value);
    comma = ", ";
  }
  return out + "}";
}

std::string JobJson(const JobRecord& job) {
  std::string out =
      "    {\n      \"name\": " + QuotedJson(job.name) +
      (job.workers == 0
           ? ""
           : ",\n      \"workers\": " + std::to_string(job.workers)) +
      ",\n      \"number\": " + std::to_string(job.number) +
      ",\n      \"access\": " + QuotedJson(job.access) +
      ",\n      \"recovery\": " + QuotedJson(job.recovery) +
      ",\n      \"rw\": " + QuotedJson(job.rw) +
      ",\n      \"flag_probe\": " + QuotedJson(job.flag_probe) +
      ",\n      \"options\": " + OptionsJson(job.options) +
      ",\n      \"start_ns\": " + std::to_string(job.start_ns) +
      ",\n      \"counters\": {" + CounterMembers(job.counters) + "}" +
      (job.devices.empty() ? ""
                           : ",\n      \"devices\": " + ToJson(job.devices)) +
      ",\n      \"paths\": {";
  for (size_t i = 0; i < kPaths; ++i) {
    out += i ? ",\n" : "\n";
    out += "        \"" + std::string(kPathNames[i]) +
           "\": " + ToJson(job.paths[i]);
  }
  return out + "\n      },\n      \"timeline\": " + ToJson(job.timeline) +
         "\n    }";
}

void CheckCounts(JsonReader reader, const JobRecord& job) {
  const Counters& c = job.counters;
  uint64_t ended;
  if (__builtin_add_overflow(c.recovered_ios, c.failed_ios, &ended) ||
      ended > c.ios)
    reader.At("counters")
        .Fail("do not add up: recovered_ios + failed_ios exceed ios");
  uint64_t lost;
  if (__builtin_mul_overflow(c.lost_sectors, kSectorBytes, &lost))
    lost = UINT64_MAX;
  if (c.lost_bytes > lost)
    reader.At("counters")
        .Fail("do not add up: lost_bytes exceed the size of lost_sectors");
  if (!AreWithin(job.devices, {.device = "",
                               .recovered_ios = c.recovered_ios,
                               .failed_ios = c.failed_ios,
                               .lost_sectors = c.lost_sectors}))
    reader.At("devices").Fail("do not add up: they exceed counters");
  uint64_t timed;
  if (__builtin_add_overflow(job.path(Path::kFast).count(),
                             job.path(Path::kRecovery).count(), &timed) ||
      timed > c.ios)
    reader.At("paths").Fail(
        "do not add up: fast and recovery count more I/Os than counters.ios");
  uint64_t in_slots = 0;
  for (size_t i = 0; i < job.timeline.used(); ++i)
    if (__builtin_add_overflow(in_slots, job.timeline.slot(i).ios, &in_slots))
      in_slots = UINT64_MAX;
  if (in_slots > c.ios)
    reader.At("timeline")
        .Fail("does not add up: its slots hold more I/Os than counters.ios");
}

std::string ReadFlagProbe(JsonReader reader) {
  const std::string& found = reader.String();
  for (const char* word : {"", "recovery", "unsupported", "other"})
    if (found == word) return found;
  reader.Fail("is not recovery, unsupported, other or empty");
}

JobRecord ReadJob(JsonReader reader, uint64_t schema) {
  JobRecord job;
  job.name = reader.At("name").String();
  job.workers = reader.Has("workers") ? reader.At("workers").Unsigned() : 0;
  job.number = reader.At("number").Unsigned();
  job.access = reader.At("access").String();
  job.recovery = reader.At("recovery").String();
  job.rw = reader.At("rw").String();
  job.flag_probe = ReadFlagProbe(reader.At("flag_probe"));
  for (const auto& [name, value] : reader.At("options").Members())
    job.options[name] = value.String();
  job.start_ns = reader.At("start_ns").Unsigned();
  JsonReader counters = reader.At("counters");
  for (const CounterKind& kind : kCounters)
    if (!kind.surprise || counters.Has(kind.key))
      job.counters.*kind.member = counters.At(kind.key).Unsigned();
  if (reader.Has("devices"))
    job.devices = DeviceSharesFromJson(reader.At("devices"));
  for (size_t i = 0; i < kPaths; ++i) {
    const LatencyHistogram path = HistogramFromJson(
        reader.At("paths").At(std::string(kPathNames[i]).c_str()), schema);
    if (path.count() > 0) job.paths[i] = path;
  }
  job.timeline = TimelineFromJson(reader.At("timeline"));
  CheckCounts(reader, job);
  return job;
}

}  // namespace

std::string ToJson(const ClockCheck& check) {
  return "{\"verdict\": \"" + std::string(ClockVerdictName(check.verdict)) +
         "\", \"ratio_low\": " + NumberJson(check.ratio_low) +
         ", \"ratio_high\": " + NumberJson(check.ratio_high) +
         ", \"host_ns\": " + std::to_string(check.host_ns) +
         (check.problem.empty()
              ? ""
              : ", \"problem\": " + QuotedJson(check.problem)) +
         "}";
}

ClockCheck ClockCheckFromJson(JsonReader reader) {
  ClockCheck check;
  const std::string name = reader.At("verdict").String();
  const auto* found = std::ranges::find_if(
      kClockVerdicts,
      [&](ClockVerdict one) { return name == ClockVerdictName(one); });
  if (found == std::end(kClockVerdicts))
    reader.At("verdict").Fail("is not ok, wrong or unknown");
  check.verdict = *found;
  check.ratio_low = reader.At("ratio_low").Number();
  check.ratio_high = reader.At("ratio_high").Number();
  if (check.ratio_low < 0 || check.ratio_high < check.ratio_low)
    reader.At("ratio_low").Fail("is negative or above ratio_high");
  check.host_ns = reader.At("host_ns").Unsigned();
  if (reader.Has("problem")) check.problem = reader.At("problem").String();
  return check;
}

std::string ToJson(const RunRecord& record) {
  std::string out = "{\n  \"schema\": " + std::to_string(record.schema) +
                    ",\n  \"environment\": {";
  const char* comma = "\n";
  for (const EnvironmentPart& part : kEnvironmentParts) {
    if (part.optional && part.Of(record.environment).empty()) continue;
    out += comma;
    out += "    \"" + std::string(part.key) +
           "\": " + QuotedJson(part.Of(record.environment));
    comma = ",\n";
  }
  if (record.environment.clock_check)
    out += ",\n    \"clock_check\": " + ToJson(*record.environment.clock_check);
  out += "\n  },\n  \"start_ns\": " + std::to_string(record.start_ns) +
         ",\n  \"jobs\": [";
  comma = "\n";
  for (const JobRecord& job : record.jobs) {
    out += comma + JobJson(job);
    comma = ",\n";
  }
  out += "\n  ],";
  if (!record.unfinished.empty()) {
    out += "\n  \"unfinished\": [";
    for (const std::string& name : record.unfinished)
      out +=
          (&name == &record.unfinished.front() ? "" : ", ") + QuotedJson(name);
    out += "],";
  }
  out += "\n  \"poison\": {" + UnsignedMembers(kPoisonKeys, record.poison);
  if (record.poison.unlisted_disks)
    out +=
        ", \"unlisted_disks\": " + std::to_string(record.poison.unlisted_disks);
  if (record.poison.unit_bytes != kSectorBytes)
    out += ", \"unit_bytes\": " + std::to_string(record.poison.unit_bytes);
  for (const auto& [key, value] : kSurpriseKeys)
    if (record.poison.*value != 0)
      out += fmt::format(", \"{}\": {}", key, record.poison.*value);
  return out + "}\n}\n";
}

RunRecord RunRecordFromJson(std::string_view text, const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  RunRecord record;
  const uint64_t schema = root.At("schema").Unsigned();
  if (schema != kRunRecordSchema && schema != kOldestRunRecord)
    root.At("schema").Fail(
        fmt::format("is {}, but this daxmend reads {} and {}", schema,
                    kOldestRunRecord, kRunRecordSchema),
        "use the daxmend that wrote it, or run again");
  for (const EnvironmentPart& part : kEnvironmentParts) {
    if (part.optional && !root.At("environment").Has(part.key)) continue;
    const JsonReader value = root.At("environment").At(part.key);
    if (part.member) {
      record.environment.*part.member = value.String();
    } else if (const auto clock = ClockNamed(value.String())) {
      record.environment.clock = *clock;
    } else {
      value.Fail("is not wall or virtual");
    }
  }
  if (root.At("environment").Has("clock_check"))
    record.environment.clock_check =
        ClockCheckFromJson(root.At("environment").At("clock_check"));
  record.start_ns = root.At("start_ns").Unsigned();
  for (const JsonReader& job : root.At("jobs").Elements()) {
    JobRecord read = ReadJob(job, schema);
    for (const JobRecord& before : record.jobs)
      if (before.name == read.name)
        job.At("name").Fail("repeats the name of an earlier job");
    if (!record.jobs.empty() && read.number < record.jobs.back().number)
      job.At("number").Fail("is below that of the job before");
    record.jobs.push_back(std::move(read));
  }
  if (root.Has("unfinished"))
    for (const JsonReader& name : root.At("unfinished").Elements())
      record.unfinished.push_back(name.String());
  for (const auto& [key, value] : kPoisonKeys)
    record.poison.*value = root.At("poison").At(key).Unsigned();
  for (const auto& [key, value] : kSurpriseKeys)
    if (root.At("poison").Has(key))
      record.poison.*value = root.At("poison").At(key).Unsigned();
  if (root.At("poison").Has("unlisted_disks"))
    record.poison.unlisted_disks =
        root.At("poison").At("unlisted_disks").Unsigned();
  if (root.At("poison").Has("unit_bytes"))
    record.poison.unit_bytes = root.At("poison").At("unit_bytes").Unsigned();
  if (record.poison.unit_bytes == 0 || record.poison.unit_bytes > kPageBytes)
    root.At("poison").At("unit_bytes").Fail("is no size of a unit");
  return record;
}

}  // namespace daxmend
