// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "records/run_record.h"
#include "tests/unit/instrumented.h"

namespace daxmend {
namespace {

using nlohmann::json;

RunRecord SampleRun() {
  RunRecord record;
  record.environment = {"6.1.0-56-amd64", "tcg",          Clock::kVirtual,
                        "ext4",           "QEMU \"max\"", "7.2.22",
                        "fio-3.33",       "0.1.0",        ""};
  JobRecord job;
  job.name = "recover-read";
  job.number = 3;
  job.access = "syscall";
  job.recovery = "write";
  job.rw = "randread";
  job.options = {{"bs", "4k"}, {"exec_prerun", "echo \"1\""}};
  job.start_ns = 5'000'000;
  job.counters = {4, 16384, 1, 0, 2, 6, 0, 3584, 700, 8};
  job.flag_probe = "other";
  for (uint64_t ns : {6000, 6100, 6200}) job.path(Path::kFast).Record(ns);
  job.path(Path::kDetect).Record(7000);
  job.path(Path::kRepair).Record(690'000);
  job.path(Path::kWindow).Record(5'000);
  job.path(Path::kRecovery).Record(701'234);
  job.timeline.Record(0, 4096, false);
  job.timeline.Record(3 << 20, 4096, true);
  record.AddJob(job);
  job.name = "empty\n\x01<>";
  job.number = 9;
  job.counters = {};
  job.paths = {};
  job.timeline = {};
  record.AddJob(job);
  record.poison = {64, 8, 0};
  return record;
}

std::string ErrorOf(std::string_view text) {
  try {
    RunRecordFromJson(text, "dir/run.json");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(RunRecordJson, AClockThatWasCheckedComesBack) {
  RunRecord record = SampleRun();
  record.environment.clock = Clock::kWall;
  record.environment.clock_check = {ClockVerdict::kWrong, 2.5810, 2.5812,
                                    12'000'000'000, ""};
  EXPECT_EQ(RunRecordFromJson(ToJson(record), "run.json"), record);
  record.environment.clock_check = ClockCheck{
      ClockVerdict::kUnknown, 0, 0, 0, "open /dev/hpet: \"No\" such file"};
  EXPECT_EQ(RunRecordFromJson(ToJson(record), "run.json"), record);
}

TEST(RunRecordJson, ARecordFromBeforeTheClockWasCheckedIsAsItWas) {
  EXPECT_EQ(ToJson(SampleRun()).find("clock_check"), std::string::npos);
  EXPECT_EQ(RunRecordFromJson(ToJson(SampleRun()), "f").environment.clock_check,
            std::nullopt);
}

TEST(RunRecordJson, AClockCheckThatMakesNoSenseIsRefused) {
  RunRecord record = SampleRun();
  record.environment.clock_check = {ClockVerdict::kOk, 0.99, 1.01, 7, ""};
  json document = json::parse(ToJson(record));
  json& check = document["environment"]["clock_check"];
  for (const auto& [key, value] :
       std::map<std::string, json>{{"verdict", "maybe"},
                                   {"ratio_low", 2},
                                   {"ratio_high", -1},
                                   {"host_ns", -7},
                                   {"problem", 3}}) {
    const json before = check;
    check[key] = value;
    EXPECT_THROW(RunRecordFromJson(document.dump(), "f"), Error) << key;
    check = before;
  }
}

// The sample with one value replaced.
std::string ErrorAfter(const char* pointer, const json& value) {
  json document = json::parse(ToJson(SampleRun()));
  document.at(json::json_pointer(pointer)) = value;
  return ErrorOf(document.dump());
}

TEST(RunRecordJson, ComesBackAsItWas) {
  EXPECT_EQ(RunRecordFromJson(ToJson(SampleRun()), "x"), SampleRun());
}

TEST(RunRecordJson, HasTheKeysOthersRelyOn) {
  const json d = json::parse(ToJson(SampleRun()));
  EXPECT_EQ(d["schema"], kRunRecordSchema);
  EXPECT_EQ(d["environment"]["clock"], "virtual");
  const json& job = d["jobs"][0];
  EXPECT_EQ(job["name"], "recover-read");
  EXPECT_EQ(job["counters"]["recovered_ios"], 1);
  EXPECT_EQ(job["paths"]["recovery"]["unit"], "ns");
  EXPECT_EQ(job["paths"]["window"]["count"], 1);
  EXPECT_EQ(job["counters"]["lost_bytes"], 700);
  EXPECT_EQ(job["counters"]["left_sectors"], 8);
  EXPECT_EQ(job["flag_probe"], "other");
  EXPECT_EQ(job["paths"]["recovery"]["max"], 701'234);
  EXPECT_EQ(job["paths"]["fast"]["mean"], 6100.0);
  EXPECT_EQ(job["paths"]["fast"]["values"],
            (json{{6000, 1}, {6100, 1}, {6200, 1}}));
  EXPECT_EQ(job["paths"]["fast"]["p50"], 6100);
  // Three I/Os cannot tell it.
  EXPECT_FALSE(job["paths"]["fast"].contains("p99"));
  EXPECT_EQ(job["timeline"]["slots"][3], (json{1, 4096, 1}));
  EXPECT_EQ(d["poison"]["planted_pages"], 8);
}

TEST(RunRecordJson, EqualRecordsGiveEqualBytesAndEndInANewline) {
  EXPECT_EQ(ToJson(SampleRun()), ToJson(SampleRun()));
  EXPECT_EQ(ToJson(SampleRun()).back(), '\n');
}

TEST(RunRecordJson, JobNamesThatAreNotUtf8StillGiveValidJson) {
  RunRecord record = SampleRun();
  record.jobs[0].name = "caf\xe9";
  EXPECT_EQ(RunRecordFromJson(ToJson(record), "x").jobs[0].name, "caf\\xe9");
}

TEST(RunRecordJson, TruncatedAnywhereIsAnErrorThatNamesTheFile) {
  const std::string text = ToJson(SampleRun());
  for (size_t length = 0; length + 1 < text.size();
       length += kInstrumented ? 7 : 1)
    EXPECT_THAT(ErrorOf(text.substr(0, length)),
                testing::StartsWith("dir/run.json is not valid JSON"))
        << length;
}

TEST(RunRecordJson, AnyByteChangedIsReadOrRefusedInOneLine) {
  const std::string text = ToJson(SampleRun());
  for (size_t at = 0; at < text.size(); at += kInstrumented ? 7 : 1)
    for (char byte : {'-', '9', '"'}) {
      std::string edited = text;
      edited[at] = byte;
      std::string error = ErrorOf(edited);
      EXPECT_EQ(error.find('\n'), std::string::npos) << error;
      if (!error.empty()) {
        EXPECT_THAT(error, testing::StartsWith("dir/run.json"));
      }
    }
}

TEST(RunRecordJson, NamesTheKeyAtFault) {
  const char* ios = "/jobs/0/counters/ios";
  EXPECT_EQ(ErrorAfter(ios, -1),
            "dir/run.json: jobs[0].counters.ios is not a whole number from 0 "
            "to 2^64 - 1");
  EXPECT_THAT(ErrorAfter(ios, 1.5), testing::HasSubstr("jobs[0].counters.ios"));
  EXPECT_THAT(ErrorAfter(ios, "4"), testing::HasSubstr("jobs[0].counters.ios"));
  EXPECT_THAT(ErrorAfter(ios, nullptr), testing::HasSubstr("counters.ios"));
  EXPECT_THAT(ErrorAfter("/jobs/0/paths/fast/mean", nullptr),
              testing::HasSubstr("jobs[0].paths.fast.mean is not a number"));
  EXPECT_THAT(ErrorAfter("/jobs", json::object()),
              testing::HasSubstr("jobs is not an array"));
  EXPECT_THAT(ErrorAfter("/poison", 3),
              testing::HasSubstr("poison is not an object"));
  EXPECT_THAT(ErrorAfter("/environment/clock", "lunar"),
              testing::HasSubstr("environment.clock is not wall or virtual"));
}

TEST(RunRecordJson, EveryKeyIsRequired) {
  const json whole = json::parse(ToJson(SampleRun()));
  const json flat = whole.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    json::json_pointer at(pointer);
    if (at.back().find_first_not_of("0123456789") == std::string::npos)
      continue;  // an array's element
    if (pointer.find("/options/") != std::string::npos)
      continue;                            // the job's own
    if (at.back() == "workers") continue;  // older records have none
    json edited = whole;
    edited.at(at.parent_pointer()).erase(at.back());
    EXPECT_THAT(ErrorOf(edited.dump()),
                testing::EndsWith(at.back() + " is missing"))
        << pointer;
  }
}

TEST(RunRecordJson, RefusesAnotherSchemaAndSaysWhatToDo) {
  for (int other : {0, 1, 2, kRunRecordSchema + 1, 99})
    EXPECT_THAT(
        ErrorAfter("/schema", other),
        testing::AllOf(
            testing::HasSubstr("schema is " + std::to_string(other)),
            testing::HasSubstr("use the daxmend that wrote it, or run again")));
}

TEST(RunRecordJson, RefusesCountsThatDoNotAddUp) {
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/count", 4), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/min", 3), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/max", 9'000'000), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/sum", 9'000'000), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/mean", 6101), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/p50", 6101), "");
  json told = json::parse(ToJson(SampleRun()));
  told["jobs"][0]["paths"]["fast"]["p99"] = 6200;
  EXPECT_THAT(ErrorOf(told.dump()),
              testing::HasSubstr("cannot be told of 3 I/Os"));
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/values/0/1", 2), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/values/0/1", UINT64_MAX), "");
  EXPECT_NE(ErrorAfter("/jobs/0/paths/fast/values/1/0", 6000), "");
  EXPECT_NE(ErrorAfter("/jobs/0/counters/ios", 3), "");
  EXPECT_NE(ErrorAfter("/jobs/0/counters/failed_ios", UINT64_MAX), "");
  EXPECT_NE(ErrorAfter("/jobs/0/counters/lost_bytes", 1025), "");
  EXPECT_NE(ErrorAfter("/jobs/0/flag_probe", "maybe"), "");
  EXPECT_NE(ErrorAfter("/jobs/0/timeline/slots/0/0", 4), "");
  EXPECT_NE(ErrorAfter("/jobs/0/timeline/slot_ns", 1000), "");
  EXPECT_NE(ErrorAfter("/jobs/0/timeline/end_ns", 4 << 20), "");
  EXPECT_NE(ErrorAfter("/jobs/0/options/bs", 4), "");
  EXPECT_NE(ErrorAfter("/jobs/1/name", "recover-read"), "");
  EXPECT_NE(ErrorAfter("/jobs/1/number", 2), "");
}

// 5,000 I/Os, which are more than are kept.
RunRecord LargeRun() {
  RunRecord record = SampleRun();
  for (uint64_t i = 0; i < 5000; ++i)
    record.jobs[0].path(Path::kFast).Record(6000 + i);
  record.jobs[0].counters.ios = 5004;
  return record;
}

TEST(RunRecordJson, WhatIsMoreThanIsKeptIsInBins) {
  const RunRecord record = LargeRun();
  const json fast = json::parse(ToJson(record))["jobs"][0]["paths"]["fast"];
  EXPECT_FALSE(fast.contains("values"));
  EXPECT_TRUE(fast.contains("p999"));
  EXPECT_EQ(RunRecordFromJson(ToJson(record), "x"), record);
  for (const char* key : {"p99", "bins/0/1", "bins/3/0", "min", "max"})
    EXPECT_NE(
        ErrorOf([&] {
          json edited = json::parse(ToJson(record));
          edited[json::json_pointer(std::string("/jobs/0/paths/fast/") + key)] =
              1;
          return edited.dump();
        }()),
        "")
        << key;
}

TEST(RunRecordJson, ReadsBinsAndEveryPercentileOfSchema3) {
  RunRecord record = LargeRun();
  json document = json::parse(ToJson(record));
  document["schema"] = 3;
  for (json& job : document["jobs"])
    for (json& path : job["paths"]) {
      if (path.contains("bins")) continue;
      // As schema 3 had them.
      LatencyHistogram h;
      for (const json& value : path["values"])
        for (int i = 0; i < value[1]; ++i) h.Record(value[0]);
      h.DropExact();
      path.erase("values");
      path["bins"] = h.Bins();
      path["p50"] = h.Percentile(50);
      path["p99"] = h.Percentile(99);
      path["p999"] = h.Percentile(99.9);
    }
  const RunRecord read = RunRecordFromJson(document.dump(), "x");
  EXPECT_EQ(read.schema, kRunRecordSchema);
  const LatencyHistogram& recovery = read.jobs[0].path(Path::kRecovery);
  EXPECT_EQ(recovery.count(), 1u);
  EXPECT_FALSE(recovery.exact());
  // Written again it is of this schema, and read as that.
  EXPECT_EQ(RunRecordFromJson(ToJson(read), "x"), read);
  document["jobs"][0]["paths"]["recovery"].erase("p999");
  EXPECT_THAT(ErrorOf(document.dump()), testing::HasSubstr("p999 is missing"));
}

TEST(RunRecordJson, IgnoresKeysOfLaterVersions) {
  json document = json::parse(ToJson(SampleRun()));
  document["fingerprint"] = "abc";
  EXPECT_EQ(RunRecordFromJson(document.dump(), "x"), SampleRun());
}

TEST(RunRecordJson, DeepNestingIsRefusedWithoutACrash) {
  EXPECT_NE(ErrorOf(std::string(kInstrumented ? 100'000 : 1'000'000, '[')), "");
  EXPECT_NE(ErrorOf("1e999"), "");
}

TEST(RunRecordJson, TellsOlderRecordsWithoutWorkersApart) {
  json document = json::parse(ToJson(SampleRun()));
  document["jobs"][0].erase("workers");
  const RunRecord read = RunRecordFromJson(document.dump(), "x");
  EXPECT_EQ(read.jobs[0].workers, 0u);
  EXPECT_EQ(read.jobs[1].workers, 1u);
  EXPECT_EQ(RunRecordFromJson(ToJson(read), "x"), read);
}

TEST(RunRecordJson, KeepsTheNamesOfUnfinishedJobs) {
  RunRecord record = SampleRun();
  EXPECT_FALSE(json::parse(ToJson(record)).contains("unfinished"));
  record.unfinished = {"a", "b\"c"};
  EXPECT_EQ(RunRecordFromJson(ToJson(record), "x"), record);
}

TEST(RunRecordJson, SaysHowAFileIsCutOff) {
  EXPECT_THAT(ErrorOf(""), testing::HasSubstr("(it is empty)"));
  EXPECT_THAT(ErrorOf("{"), testing::HasSubstr("(it ends too early)"));
  EXPECT_THAT(ErrorOf("{x}"), testing::HasSubstr("(byte 2 of 3)"));
}

}  // namespace
}  // namespace daxmend
