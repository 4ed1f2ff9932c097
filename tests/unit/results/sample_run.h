// SPDX-License-Identifier: GPL-2.0-only
//
// A run to try reports on: the jobs of jobs/recovery.fio with latencies of the
// size that the emulated NVDIMM gives, drawn from a fixed sequence. Not a
// measurement, and never shown to users.

#ifndef DAXMEND_TESTS_UNIT_RESULTS_SAMPLE_RUN_H_
#define DAXMEND_TESTS_UNIT_RESULTS_SAMPLE_RUN_H_

#include <filesystem>
#include <string>

#include "records/run_record.h"
#include "results/run/run_directory.h"
#include "system/file_io.h"

namespace daxmend {

// Numbers in a fixed sequence (Numerical Recipes' 64-bit LCG).
class FixedSequence {
 public:
  // From 0 to below `limit`.
  uint64_t Below(uint64_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % limit;
  }

 private:
  uint64_t state_ = 1;
};

// A job whose fast path takes about `fast` ns and of whose `ios` I/Os the ones
// at multiples of `every` (0: none) meet poison.
inline JobRecord SampleJob(const std::string& name, uint64_t number,
                           const std::string& rw, uint64_t block, uint64_t ios,
                           uint64_t fast, uint64_t every) {
  FixedSequence sequence;
  JobRecord job;
  job.name = name;
  job.number = number;
  job.access = "syscall";
  job.recovery = every ? "write" : "none";
  job.rw = rw;
  uint64_t now = 0;
  for (uint64_t i = 0; i < ios; ++i) {
    const bool poison = every && i % every == every - 1;
    uint64_t ns = fast + sequence.Below(fast / 20) +
                  (sequence.Below(100) == 0 ? 4 * fast : 0);
    if (poison) {
      const uint64_t detect = 2 * fast + sequence.Below(900);
      const uint64_t salvage =
          rw == "randread" ? 42'000 + sequence.Below(4'000) : 0;
      const uint64_t repair = 650'000 + sequence.Below(60'000);
      job.path(Path::kDetect).Record(detect);
      if (salvage) job.path(Path::kSalvage).Record(salvage);
      job.path(Path::kRepair).Record(repair);
      ns = detect + salvage + repair + 310;
      ++job.counters.recovered_ios;
      job.counters.backup_sectors += 1;
      job.counters.salvaged_sectors += salvage ? 7 : 0;
      job.counters.saved_bytes += salvage ? 8 * 512 : 0;
    }
    job.path(poison ? Path::kRecovery : Path::kFast).Record(ns);
    now += ns + 2'400;
    ++job.counters.ios;
    job.counters.bytes += block;
    job.timeline.Record(now, block, poison);
  }
  return job;
}

inline RunRecord SampleRecord(Clock clock) {
  RunRecord record;
  record.environment = {"6.1.0-56-amd64",
                        "tcg",
                        clock,
                        "ext4",
                        "QEMU TCG CPU version 2.5+",
                        "7.2.22",
                        "fio-3.33",
                        "0.1.0",
                        ""};
  record.AddJob(SampleJob("layout", 1, "write", 1 << 20, 256, 210'000, 0));
  record.AddJob(SampleJob("fast-read", 2, "randread", 4096, 16384, 6'070, 0));
  record.AddJob(SampleJob("fast-write", 3, "randwrite", 4096, 16384, 3'420, 0));
  record.AddJob(
      SampleJob("recover-read", 4, "randread", 4096, 16384, 6'140, 512));
  record.AddJob(
      SampleJob("recover-write", 5, "randwrite", 4096, 16384, 3'480, 512));
  record.poison = {64, 64, 0};
  return record;
}

inline constexpr char kSampleInjections[] = R"({"schema":1,"injections":[
{"injector":"ndctl","device":"pmem0","file":"/mnt/pmem/f","time_ns":1,"ranges":[
{"file_begin":4096,"file_end":4608,"sector_begin":2048,"sector_end":2049,
"spa_begin":1073741824,"spa_end":1073742336},
{"file_begin":81920,"file_end":82432,"sector_begin":4096,"sector_end":4097,
"spa_begin":1074790400,"spa_end":1074790912}]}]}
)";

inline constexpr char kSampleFio[] = R"({"fio version":"fio-3.33",
"global options":{"ioengine":"external:build/fio-daxmend.so","bs":"4k"},
"jobs":[{"jobname":"layout","error":0,"job options":{"rw":"write","bs":"1m"}},
{"jobname":"recover-read","error":0,
"job options":{"rw":"randread","recovery":"write"}}]}
)";

// A run that was read from files like these.
inline Run SampleRun(Clock clock) {
  Run run;
  run.directory = "results/sample";
  run.record = SampleRecord(clock);
  run.fio = FioResultsFromJson(kSampleFio, "fio.json");
  run.injected = InjectionRecordFromJson(kSampleInjections, "inject.json");
  return run;
}

// A directory that holds such a run.
inline void WriteSampleDirectory(const std::string& directory, Clock clock) {
  std::filesystem::create_directories(directory);
  ReplaceFile(directory + "/run.json", ToJson(SampleRecord(clock)));
  ReplaceFile(directory + "/fio.json", kSampleFio);
  ReplaceFile(directory + "/inject.json", kSampleInjections);
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RESULTS_SAMPLE_RUN_H_
