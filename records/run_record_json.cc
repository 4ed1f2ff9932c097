// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/range.h"
#include "records/json_reader.h"
#include "records/json_text.h"
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

std::string Number(double value) { return nlohmann::json(value).dump(); }

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

struct PercentileKey {
  const char* key;
  double percent;
};
constexpr PercentileKey kPercentileKeys[] = {
    {"p50", 50}, {"p99", 99}, {"p999", 99.9}};

std::string PercentilesJson(const LatencyHistogram& h) {
  std::string out;
  for (const auto& [key, percent] : kPercentileKeys)
    if (h.Supports(percent))
      out += fmt::format(", \"{}\": {}", key, h.Percentile(percent));
  return out;
}

std::string HistogramJson(const LatencyHistogram& h) {
  std::string out =
      "{\"unit\": \"ns\", \"count\": " + std::to_string(h.count()) +
      ", \"min\": " + std::to_string(h.min()) +
      ", \"max\": " + std::to_string(h.max()) +
      ", \"mean\": " + Number(h.mean()) + PercentilesJson(h) +
      ", \"sum\": " + std::to_string(h.sum());
  const bool exact = h.exact();
  return out + fmt::format(",\n          \"{}\": {}}}",
                           exact ? "values" : "bins",
                           PairsJson(exact ? h.Values() : h.Bins()));
}

std::string TimelineJson(const Timeline& timeline) {
  std::string out = "{\"slot_ns\": " + std::to_string(timeline.slot_ns()) +
                    ", \"end_ns\": " + std::to_string(timeline.end_ns()) +
                    ", \"slots\": [";
  for (size_t i = 0; i < timeline.used(); ++i) {
    const Timeline::Slot& slot = timeline.slot(i);
    if (i) out += ",";
    out += "[" + std::to_string(slot.ios) + "," + std::to_string(slot.bytes) +
           "," + std::to_string(slot.recovered) + "]";
  }
  return out + "]}";
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
           "\": " + HistogramJson(job.paths[i]);
  }
  return out + "\n      },\n      \"timeline\": " + TimelineJson(job.timeline) +
         "\n    }";
}

// [[value, count],...], the values ascending by `order`; *total is the count.
template <class Order>
std::vector<std::pair<uint64_t, uint64_t>> ReadCounts(const JsonReader& list,
                                                      const char* what,
                                                      Order order,
                                                      uint64_t* total) {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  *total = 0;
  for (const JsonReader& element : list.Elements()) {
    std::vector<JsonReader> pair = element.Elements();
    if (pair.size() != 2)
      element.Fail(
          fmt::format("is not [{}, count]",
                      what == std::string_view("bin") ? "upper_ns" : "ns"));
    const uint64_t value = pair[0].Unsigned();
    const uint64_t count = pair[1].Unsigned();
    if (!counts.empty() && order(value) <= order(counts.back().first))
      element.Fail(fmt::format("is not above the {} before it", what));
    if (count == 0) element.Fail("has a count of 0");
    if (__builtin_add_overflow(*total, count, total))
      element.Fail("makes the count overflow");
    counts.emplace_back(value, count);
  }
  return counts;
}

LatencyHistogram ReadBins(JsonReader path, uint64_t* total) {
  const auto bins =
      ReadCounts(path.At("bins"), "bin", LatencyHistogram::BucketOf, total);
  const uint64_t min = path.At("min").Unsigned();
  const uint64_t max = path.At("max").Unsigned();
  if (bins.empty() ? min != 0
                   : LatencyHistogram::BucketOf(min) !=
                         LatencyHistogram::BucketOf(bins.front().first))
    path.At("min").Fail("is not in the first bin");
  if (bins.empty()
          ? max != 0
          : max < min || LatencyHistogram::BucketOf(max) !=
                             LatencyHistogram::BucketOf(bins.back().first))
    path.At("max").Fail("is not in the last bin");
  return LatencyHistogram::FromBins(bins, min, max, path.At("sum").Unsigned());
}

LatencyHistogram ReadValues(JsonReader path, uint64_t* total) {
  const auto values = ReadCounts(
      path.At("values"), "value", [](uint64_t ns) { return ns; }, total);
  if (*total > LatencyHistogram::kExact)
    path.At("values").Fail(
        fmt::format("are of more than {} I/Os", LatencyHistogram::kExact));
  uint64_t sum = 0;
  for (auto [value, count] : values) {
    uint64_t all = 0;
    if (__builtin_mul_overflow(value, count, &all) ||
        __builtin_add_overflow(sum, all, &sum))
      path.At("values").Fail("have a sum that overflows");
  }
  LatencyHistogram h = LatencyHistogram::FromValues(values);
  for (const auto& [key, value] :
       {std::pair{"min", h.min()}, {"max", h.max()}, {"sum", h.sum()}})
    if (path.At(key).Unsigned() != value)
      path.At(key).Fail(fmt::format("is not that of the values, {}", value));
  return h;
}

LatencyHistogram ReadHistogram(JsonReader path, uint64_t schema) {
  if (path.At("unit").String() != "ns") path.At("unit").Fail("is not \"ns\"");
  uint64_t total = 0;
  const bool exact = schema >= 4 && !path.Has("bins");
  const char* const from = exact ? "values" : "bins";
  const LatencyHistogram h =
      exact ? ReadValues(path, &total) : ReadBins(path, &total);
  if (path.At("count").Unsigned() != total)
    path.At("count").Fail(
        fmt::format("is not the sum of its {}, {}", from, total));
  // Doubles carry 53 bits: leave room for their rounding.
  const double slack = 1e-9 * h.mean();
  if (total == 0 ? path.At("sum").Unsigned() != 0
                 : h.mean() < static_cast<double>(h.min()) - slack ||
                       h.mean() > static_cast<double>(h.max()) + slack)
    path.At("sum").Fail("does not fit count, min and max");
  if (std::abs(path.At("mean").Number() - h.mean()) > slack)
    path.At("mean").Fail("is not sum / count");
  for (const auto& [key, percent] : kPercentileKeys) {
    if (schema >= 4 && !h.Supports(percent)) {
      if (path.Has(key))
        path.At(key).Fail(fmt::format("cannot be told of {} I/Os", total));
    } else if (path.At(key).Unsigned() != h.Percentile(percent)) {
      path.At(key).Fail(
          fmt::format("does not follow from the {}, which give {}", from,
                      h.Percentile(percent)));
    }
  }
  return h;
}

Timeline ReadTimeline(JsonReader timeline) {
  std::vector<Timeline::Slot> slots;
  for (const JsonReader& element : timeline.At("slots").Elements()) {
    std::vector<JsonReader> slot = element.Elements();
    if (slot.size() != 3) element.Fail("is not [ios, bytes, recovered]");
    slots.push_back(
        {slot[0].Unsigned(), slot[1].Unsigned(), slot[2].Unsigned()});
    if (slots.back().recovered > slots.back().ios)
      element.Fail("has more recoveries than I/Os");
  }
  try {
    return Timeline::FromSlots(timeline.At("slot_ns").Unsigned(), slots,
                               timeline.At("end_ns").Unsigned());
  } catch (const Error& e) {
    timeline.Fail(std::string("is inconsistent: ") + e.what());
  }
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
    const LatencyHistogram path = ReadHistogram(
        reader.At("paths").At(std::string(kPathNames[i]).c_str()), schema);
    if (path.count() > 0) job.paths[i] = path;
  }
  job.timeline = ReadTimeline(reader.At("timeline"));
  CheckCounts(reader, job);
  return job;
}

}  // namespace

std::string ToJson(const ClockCheck& check) {
  return "{\"verdict\": \"" + std::string(ClockVerdictName(check.verdict)) +
         "\", \"ratio_low\": " + Number(check.ratio_low) +
         ", \"ratio_high\": " + Number(check.ratio_high) +
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
