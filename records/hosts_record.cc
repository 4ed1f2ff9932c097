// SPDX-License-Identifier: GPL-2.0-only

#include "records/hosts_record.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "records/json_reader.h"
#include "records/json_text.h"

namespace daxmend {
namespace {

// One table for both directions: a key cannot be written and not read.
template <class Record>
struct HostKey {
  const char* key;
  uint64_t Record::*member;
};
constexpr HostKey<HostPath> kHostPathKeys[] = {
    {"count", &HostPath::count}, {"min", &HostPath::min},
    {"p50", &HostPath::p50},     {"p99", &HostPath::p99},
    {"max", &HostPath::max},     {"sum", &HostPath::sum},
};
constexpr HostKey<PoisonRecord> kHostPoisonKeys[] = {
    {"planted_sectors", &PoisonRecord::planted_sectors},
    {"planted_pages", &PoisonRecord::planted_pages},
    {"remaining_sectors", &PoisonRecord::remaining_sectors},
    {"unit_bytes", &PoisonRecord::unit_bytes},
    {"machine_checks", &PoisonRecord::machine_checks},
    {"taken_pages", &PoisonRecord::taken_pages},
};

template <class Keys, class Record>
std::string Numbers(const Keys& keys, const Record& record) {
  std::string out;
  for (const auto& one : keys)
    out += fmt::format("{}\"{}\": {}", out.empty() ? "" : ", ", one.key,
                       record.*one.member);
  return "{" + out + "}";
}

template <class Keys, class Record>
void ReadNumbers(const Keys& keys, const JsonReader& reader, Record& record) {
  for (const auto& one : keys)
    record.*one.member = reader.At(one.key).Unsigned();
}

std::string HostJobJson(const HostJob& job) {
  std::string out = "      {\"name\": " + QuotedJson(job.name) +
                    ", \"counters\": " + Numbers(kCounters, job.counters) +
                    ",\n       \"paths\": {";
  const char* comma = "";
  for (size_t i = 0; i < kPaths; ++i) {
    if (job.paths[i].count == 0) continue;
    out += fmt::format("{}\"{}\": {}", comma, kPathNames[i],
                       Numbers(kHostPathKeys, job.paths[i]));
    comma = ",\n         ";
  }
  return out + "}}";
}

std::string HostJson(const HostRecord& host) {
  std::string out = "    {\n      \"host\": " + QuotedJson(host.host) +
                    ", \"source\": " + QuotedJson(host.source);
  if (!host.missing.empty())
    return out + ", \"missing\": " + QuotedJson(host.missing) + "\n    }";
  out += ",\n      \"environment\": {";
  const char* comma = "";
  for (const EnvironmentPart& part : kEnvironmentParts) {
    if (part.Of(host.environment).empty()) continue;
    out += fmt::format("{}\"{}\": {}", comma, part.key,
                       QuotedJson(part.Of(host.environment)));
    comma = ", ";
  }
  if (host.environment.clock_check)
    out += ", \"clock_check\": " + ToJson(*host.environment.clock_check);
  out += "},\n      \"poison\": " + Numbers(kHostPoisonKeys, host.poison);
  if (!host.unfinished.empty()) {
    out += ",\n      \"unfinished\": [";
    comma = "";
    for (const std::string& name : host.unfinished) {
      out += comma + QuotedJson(name);
      comma = ", ";
    }
    out += "]";
  }
  out += ",\n      \"jobs\": [";
  comma = "\n";
  for (const HostJob& job : host.jobs) {
    out += comma + HostJobJson(job);
    comma = ",\n";
  }
  return out + "]\n    }";
}

Environment ReadHostEnvironment(const JsonReader& reader) {
  Environment environment;
  for (const EnvironmentPart& part : kEnvironmentParts) {
    if (part.member && !reader.Has(part.key)) continue;
    const JsonReader value = reader.At(part.key);
    if (part.member) {
      environment.*part.member = value.String();
    } else if (const auto clock = ClockNamed(value.String())) {
      environment.clock = *clock;
    } else {
      value.Fail("is not wall or virtual");
    }
  }
  if (reader.Has("clock_check"))
    environment.clock_check = ClockCheckFromJson(reader.At("clock_check"));
  return environment;
}

HostJob ReadHostJob(const JsonReader& reader) {
  HostJob job;
  job.name = reader.At("name").String();
  ReadNumbers(kCounters, reader.At("counters"), job.counters);
  for (const auto& [name, path] : reader.At("paths").Members()) {
    const auto at = std::find(kPathNames.begin(), kPathNames.end(), name);
    if (at == kPathNames.end()) path.Fail("is no path of an I/O");
    ReadNumbers(kHostPathKeys, path,
                job.paths[static_cast<size_t>(at - kPathNames.begin())]);
  }
  return job;
}

HostRecord ReadHost(const JsonReader& reader) {
  HostRecord host = {.host = reader.At("host").String(),
                     .source = reader.At("source").String()};
  if (reader.Has("missing")) {
    host.missing = reader.At("missing").String();
    return host;
  }
  host.environment = ReadHostEnvironment(reader.At("environment"));
  ReadNumbers(kHostPoisonKeys, reader.At("poison"), host.poison);
  if (reader.Has("unfinished"))
    for (const JsonReader& name : reader.At("unfinished").Elements())
      host.unfinished.push_back(name.String());
  for (const JsonReader& job : reader.At("jobs").Elements())
    host.jobs.push_back(ReadHostJob(job));
  return host;
}

}  // namespace

std::string ToJson(const HostsRecord& record) {
  std::string out =
      fmt::format("{{\n  \"schema\": {},\n  \"hosts\": [", kHostsRecordSchema);
  const char* comma = "\n";
  for (const HostRecord& host : record.hosts) {
    out += comma + HostJson(host);
    comma = ",\n";
  }
  return out + "\n  ]\n}\n";
}

HostsRecord HostsRecordFromJson(std::string_view text,
                                const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  const JsonReader root(document, source);
  if (const uint64_t schema = root.At("schema").Unsigned();
      schema != kHostsRecordSchema)
    root.At("schema").Fail(fmt::format("is {}, but this daxmend reads {}",
                                       schema, kHostsRecordSchema),
                           "merge the runs again");
  HostsRecord record;
  for (const JsonReader& host : root.At("hosts").Elements()) {
    record.hosts.push_back(ReadHost(host));
    const size_t n = record.hosts.size();
    if (n > 1 && record.hosts[n - 1].host <= record.hosts[n - 2].host)
      host.At("host").Fail("does not come behind the one before it");
  }
  return record;
}

}  // namespace daxmend
