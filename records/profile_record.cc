// SPDX-License-Identifier: GPL-2.0-only

#include "records/profile_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "records/json_reader.h"
#include "records/json_text.h"

namespace daxmend {
namespace {

struct StacksKey {
  const char* key;
  ProfileStacks ProfilePath::*member;
  uint64_t ProfilePath::*sum;
};
constexpr StacksKey kStacks[] = {
    {"stacks", &ProfilePath::stacks, &ProfilePath::work},
    {"interrupt_stacks", &ProfilePath::interrupt_stacks,
     &ProfilePath::interrupts},
    {"other_stacks", &ProfilePath::other_stacks, &ProfilePath::others},
};

// A stack a line.
std::string StacksJson(const ProfileStacks& stacks) {
  std::string out = "[";
  const char* comma = "";
  for (const auto& [frames, instructions] : stacks) {
    out += comma;
    out += "\n          [[";
    for (size_t i = 0; i < frames.size(); ++i)
      out += fmt::format("{}{}", i ? "," : "", frames[i]);
    out += fmt::format("],{}]", instructions);
    comma = ",";
  }
  return out + "]";
}

std::string FootprintJson(const Footprint& footprint) {
  std::string out = "{";
  for (size_t i = 0; i < kFootprintCounts; ++i)
    out += fmt::format("{}\n            \"{}\": {}", i ? "," : "",
                       kFootprintKinds[i].key, PairsJson(footprint[i]));
  return out + "}";
}

std::string PathJson(const ProfilePath& path) {
  std::string out = fmt::format(
      "{{\n          \"ios\": {}, \"work\": {}, \"interrupts\": {}, "
      "\"others\": {}, \"upkeep\": {},\n          \"work_of_ios\": {},\n"
      "          \"steady_of_ios\": {}",
      path.ios, path.work, path.interrupts, path.others, path.upkeep,
      PairsJson(path.work_of_ios), PairsJson(path.steady_of_ios));
  if (!path.footprint[0].empty())
    out += ",\n          \"footprint\": " + FootprintJson(path.footprint);
  for (const StacksKey& stacks : kStacks)
    out += fmt::format(",\n          \"{}\": {}", stacks.key,
                       StacksJson(path.*stacks.member));
  return out + "}";
}

// I/Os by a number of theirs, and *ios, how many.
std::map<uint64_t, uint64_t> CountsFrom(const JsonReader& reader,
                                        uint64_t* ios) {
  std::map<uint64_t, uint64_t> counts;
  *ios = 0;
  for (const JsonReader& entry : reader.Elements()) {
    const std::vector<JsonReader> pair = entry.Elements();
    if (pair.size() != 2) entry.Fail("is no pair of a count and I/Os");
    counts[pair[0].Unsigned()] += pair[1].Unsigned();
    *ios += pair[1].Unsigned();
  }
  return counts;
}

// Instructions of so many I/Os that add up to `sum`.
std::map<uint64_t, uint64_t> WorkFrom(const JsonReader& reader, uint64_t ios,
                                      uint64_t sum) {
  uint64_t all = 0, instructions = 0;
  const std::map<uint64_t, uint64_t> counts = CountsFrom(reader, &all);
  for (const auto& [each, of] : counts) instructions += each * of;
  if (all != ios || instructions != sum)
    reader.Fail("does not add up to ios and work");
  return counts;
}

Footprint FootprintFrom(const JsonReader& reader, uint64_t ios) {
  Footprint footprint;
  for (size_t i = 0; i < kFootprintCounts; ++i) {
    const JsonReader counts = reader.At(kFootprintKinds[i].key);
    uint64_t all = 0;
    footprint[i] = CountsFrom(counts, &all);
    if (all != ios)
      counts.Fail(fmt::format("is of {} I/Os, and should be of {}", all, ios));
  }
  return footprint;
}

ProfileStacks StacksFrom(const JsonReader& reader, size_t functions,
                         uint64_t sum) {
  ProfileStacks stacks;
  uint64_t instructions = 0;
  for (const JsonReader& entry : reader.Elements()) {
    const std::vector<JsonReader> pair = entry.Elements();
    if (pair.size() != 2) entry.Fail("is no pair of a stack and its count");
    std::vector<uint32_t> frames;
    for (const JsonReader& frame : pair[0].Elements()) {
      if (frame.Unsigned() >= functions)
        frame.Fail("is the number of no function");
      frames.push_back(static_cast<uint32_t>(frame.Unsigned()));
    }
    if (frames.empty()) pair[0].Fail("is empty");
    instructions += pair[1].Unsigned();
    stacks[frames] += pair[1].Unsigned();
  }
  if (instructions != sum)
    reader.Fail(fmt::format("add up to {} instructions, and should to {}",
                            instructions, sum));
  return stacks;
}

ProfilePath PathFrom(const JsonReader& reader, size_t functions) {
  ProfilePath path;
  path.ios = reader.At("ios").Unsigned();
  path.work = reader.At("work").Unsigned();
  path.interrupts = reader.At("interrupts").Unsigned();
  path.others = reader.At("others").Unsigned();
  path.upkeep = reader.At("upkeep").Unsigned();
  path.work_of_ios = WorkFrom(reader.At("work_of_ios"), path.ios, path.work);
  if (path.upkeep > path.work) reader.At("upkeep").Fail("is more than work");
  path.steady_of_ios =
      WorkFrom(reader.At("steady_of_ios"), path.ios, path.work - path.upkeep);
  if (reader.Has("footprint"))
    path.footprint = FootprintFrom(reader.At("footprint"), path.ios);
  for (const StacksKey& stacks : kStacks)
    path.*stacks.member =
        StacksFrom(reader.At(stacks.key), functions, path.*stacks.sum);
  return path;
}

}  // namespace

const ProfileJob* ProfileRecord::Find(const std::string& name) const {
  const auto at = std::ranges::find(jobs, name, &ProfileJob::name);
  return at != jobs.end() ? &*at : nullptr;
}

std::vector<std::pair<ProfileFunction, uint64_t>> SelfOf(
    const ProfileRecord& record, const ProfileStacks& stacks) {
  std::map<ProfileFunction, uint64_t> by_function;
  for (const auto& [frames, instructions] : stacks)
    by_function[record.functions[frames.back()]] += instructions;
  std::vector<std::pair<ProfileFunction, uint64_t>> self(by_function.begin(),
                                                         by_function.end());
  std::stable_sort(self.begin(), self.end(), [](const auto& a, const auto& b) {
    return a.second > b.second;
  });
  return self;
}

std::string ToJson(const ProfileRecord& record) {
  std::string out =
      fmt::format("{{\n  \"schema\": {},\n  \"functions\": [", record.schema);
  const char* comma = "";
  for (const ProfileFunction& function : record.functions) {
    out += fmt::format("{}\n    [{}, {}]", comma, QuotedJson(function.module),
                       QuotedJson(function.name));
    comma = ",";
  }
  out += "],\n  \"jobs\": [";
  comma = "";
  for (const ProfileJob& job : record.jobs) {
    out += fmt::format(
        "{}\n    {{\"name\": {}, \"number\": {},\n      \"paths\": {{", comma,
        QuotedJson(job.name), job.number);
    comma = ",";
    const char* next = "";
    for (size_t path = 0; path < kPaths; ++path) {
      if (job.paths[path].ios == 0) continue;
      out += fmt::format("{}\n        \"{}\": {}", next, kPathNames[path],
                         PathJson(job.paths[path]));
      next = ",";
    }
    out += "}}";
  }
  out += "]";
  if (record.caches)
    out +=
        fmt::format(",\n  \"caches\": {{\"l1_bytes\": {}, \"l2_bytes\": {}}}",
                    record.caches->l1, record.caches->l2);
  return out + "\n}\n";
}

ProfileRecord ProfileRecordFromJson(std::string_view text,
                                    const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  const JsonReader root(document, source);
  ProfileRecord record;
  if (root.At("schema").Unsigned() != kProfileRecordSchema)
    root.At("schema").Fail(
        fmt::format("is {}, and this daxmend reads {}",
                    root.At("schema").Unsigned(), kProfileRecordSchema),
        "use the daxmend that wrote it");
  for (const JsonReader& entry : root.At("functions").Elements()) {
    const std::vector<JsonReader> pair = entry.Elements();
    if (pair.size() != 2) entry.Fail("is no pair of a module and a name");
    record.functions.push_back({pair[0].String(), pair[1].String()});
  }
  for (const JsonReader& entry : root.At("jobs").Elements()) {
    ProfileJob job;
    job.name = entry.At("name").String();
    job.number = entry.At("number").Unsigned();
    const JsonReader paths = entry.At("paths");
    for (size_t path = 0; path < kPaths; ++path) {
      const std::string key(kPathNames[path]);
      if (paths.Has(key.c_str()))
        job.paths[path] =
            PathFrom(paths.At(key.c_str()), record.functions.size());
    }
    record.jobs.push_back(std::move(job));
  }
  if (root.Has("caches"))
    record.caches = {root.At("caches").At("l1_bytes").Unsigned(),
                     root.At("caches").At("l2_bytes").Unsigned()};
  return record;
}

}  // namespace daxmend
