// SPDX-License-Identifier: GPL-2.0-only
//
// run.json: what one fio run measured. The engine writes it, job by job, while
// fio runs; reports and gates read it.
//
// Latencies are nanoseconds of the run's clock. Under `clock: virtual` a
// nanosecond is one guest instruction, not a time hardware would show.
//
// Plain data; not thread-safe.

#ifndef DAXMEND_RECORDS_RUN_RECORD_H_
#define DAXMEND_RECORDS_RUN_RECORD_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/latency_histogram.h"
#include "core/range.h"
#include "records/counters.h"
#include "records/device_share.h"
#include "system/clock_check.h"

namespace daxmend {

class JsonReader;

// 4: jobs of at most 4,096 I/Os on a path have their latencies as they are, not
//    in bins, and percentiles that so few I/Os cannot tell are left out. 3 is
//    read, too.
// 3: the path window, saved and lost bytes, sectors left behind, flag_probe,
//    when the run began.
// 2: jobs have their options, timelines their end (1 was never released).
inline constexpr int kRunRecordSchema = 4;
inline constexpr int kOldestRunRecord = 3;  // that is read

// The parts of an I/O that are timed apart.
//   kFast      an I/O that met no poison, whole
//   kDetect    from submission to the error (errno or SIGBUS)
//   kSalvage   reading what can be read around poison
//   kRepair    the write that makes the range good again
//   kWindow    from clearing poison, or punching the hole, to the end of the
//              write that follows, in which the range reads without an error
//              as undefined contents: what a crash would leave. Inside of
//              kRepair; one sample for each range that was cleared or punched
//              first (strategies `clear` and `punch`)
//   kRecovery  an I/O that met poison, whole: detect + salvage + repair
enum class Path { kFast, kDetect, kSalvage, kRepair, kWindow, kRecovery };
inline constexpr size_t kPaths = 6;
inline constexpr std::array<std::string_view, kPaths> kPathNames = {
    "fast", "detect", "salvage", "repair", "window", "recovery"};

// Latencies of each path. Most jobs have no I/O on most of them, and a
// histogram takes 30 KiB, so each is made when it is first changed.
class PathHistograms {
 public:
  PathHistograms() = default;
  PathHistograms(PathHistograms&&) = default;
  PathHistograms& operator=(PathHistograms&&) = default;
  PathHistograms(const PathHistograms& from) { *this = from; }
  PathHistograms& operator=(const PathHistograms& from) {
    for (size_t i = 0; i < kPaths; ++i)
      made_[i] = from.made_[i]
                     ? std::make_unique<LatencyHistogram>(*from.made_[i])
                     : nullptr;
    return *this;
  }

  LatencyHistogram& operator[](size_t path) {
    if (!made_[path]) made_[path] = std::make_unique<LatencyHistogram>();
    return *made_[path];
  }
  const LatencyHistogram& operator[](size_t path) const {
    return made_[path] ? *made_[path] : Empty();
  }
  bool made(size_t path) const { return made_[path] != nullptr; }
  void Merge(const PathHistograms& other) {
    for (size_t i = 0; i < kPaths; ++i)
      if (other[i].count() > 0) (*this)[i].Merge(other[i]);
  }
  bool operator==(const PathHistograms& other) const {
    for (size_t i = 0; i < kPaths; ++i)
      if (!((*this)[i] == other[i])) return false;
    return true;
  }

  template <class Owner>
  struct Each {
    Owner* owner;
    size_t path;
    decltype(auto) operator*() const { return (*owner)[path]; }
    Each& operator++() {
      ++path;
      return *this;
    }
    bool operator==(const Each&) const = default;
  };
  auto begin() { return Each<PathHistograms>{this, 0}; }
  auto end() { return Each<PathHistograms>{this, kPaths}; }
  auto begin() const { return Each<const PathHistograms>{this, 0}; }
  auto end() const { return Each<const PathHistograms>{this, kPaths}; }

 private:
  static const LatencyHistogram& Empty();
  std::array<std::unique_ptr<LatencyHistogram>, kPaths> made_;
};

struct Environment {
  std::string kernel;   // uname -r
  std::string machine;  // "bare", "kvm", "tcg"
  Clock clock = Clock::kWall;
  std::string filesystem;  // "ext4", "xfs", "tmpfs"
  std::string cpu;         // /proc/cpuinfo "model name"
  std::string qemu;        // "7.2.22"; empty on bare metal
  std::string fio;         // "fio-3.33"
  std::string daxmend;     // daxmend's own version
  // What memory the jobs were on and who knows its poison, where that is no
  // NVDIMM whose bad sectors the kernel lists: "CXL, 2 ways of 256 bytes ...".
  // In run.json only where there is one.
  std::string memory = {};
  // Did the clock run at the host's rate? Only of wall-clock guests; older
  // records lack it.
  std::optional<ClockCheck> clock_check = {};
  bool operator==(const Environment&) const = default;
};

// A part of Environment, for who goes through all of them.
struct EnvironmentPart {
  const char* key;   // in JSON
  const char* name;  // for people
  // Runs that differ in it cannot be compared: daxmend's version is what a gate
  // compares.
  bool fingerprint;
  std::string Environment::*member;  // null for the clock
  bool optional = false;             // in JSON only where it is not empty

  std::string Of(const Environment& environment) const {
    return member ? environment.*member
                  : std::string(NameOf(environment.clock));
  }
};

inline constexpr EnvironmentPart kEnvironmentParts[] = {
    {"kernel", "kernel", true, &Environment::kernel},
    {"machine", "machine", true, &Environment::machine},
    {"clock", "clock", true, nullptr},
    {"filesystem", "file system", true, &Environment::filesystem},
    {"cpu", "CPU model", true, &Environment::cpu},
    {"qemu", "QEMU", true, &Environment::qemu},
    {"fio", "fio", true, &Environment::fio},
    {"daxmend", "daxmend", false, &Environment::daxmend},
    {"memory", "memory", true, &Environment::memory, true},
};

// How much was done when. Slots of equal length since the job's first I/O;
// when they run out, neighbours are joined and a slot doubles.
class Timeline {
 public:
  static constexpr size_t kSlots = 256;
  struct Slot {
    uint64_t ios = 0;
    uint64_t bytes = 0;
    uint64_t recovered = 0;
    bool operator==(const Slot&) const = default;
  };

  // Counts one I/O that ended `ns` after the job's first I/O began.
  void Record(uint64_t ns, uint64_t bytes, bool recovered) {
    Add(ns, {1, bytes, recovered});
  }
  // Counts the I/Os of `some`, which ended in one slot, the last one at `ns`.
  void Add(uint64_t ns, const Slot& some);
  // Adds another job's timeline, which is taken to have begun together.
  void Merge(const Timeline& other);

  uint64_t slot_ns() const { return uint64_t{1} << slot_bits_; }
  size_t used() const { return used_; }  // slots up to the last one in use
  const Slot& slot(size_t i) const { return slots_[i]; }
  // When the last I/O ended; throughput is over this.
  uint64_t end_ns() const { return end_ns_; }

  // Rebuilds one read from JSON. `slot_ns` is a power of two. Throws Error for
  // more than kSlots slots, another slot_ns, or an end past the last slot.
  static Timeline FromSlots(uint64_t slot_ns, const std::vector<Slot>& slots,
                            uint64_t end_ns);

  bool operator==(const Timeline&) const = default;

 private:
  void Widen();
  std::array<Slot, kSlots> slots_{};
  unsigned slot_bits_ = 20;  // 1.05 ms to begin with
  size_t used_ = 0;
  uint64_t end_ns_ = 0;
};

struct JobRecord {
  std::string name;  // UTF-8: bytes that are not are written out as \xHH
  // The processes or threads that measured it together (numjobs=); 0 in records
  // of before they were counted, which do not have it.
  uint64_t workers = 1;
  uint64_t number = 0;   // fio's thread number: the order in the job file
  std::string access;    // "syscall", "mmap"
  std::string recovery;  // "none", "write", "flag", "clear", "punch"
  std::string rw;        // fio's rw= ("randread")
  // What the kernel makes of the bit that `flag` passes: "recovery",
  // "unsupported", "other"; empty when nobody asked.
  std::string flag_probe;
  // What the job file says of this job, [global] included: fio's option names
  // and the values as given. An option that was given several times has all of
  // its values in their order, a newline between two of them (a line of a job
  // file cannot hold one): fio adds up some (filename=), of others the last
  // counts.
  std::map<std::string, std::string> options;
  uint64_t start_ns = 0;  // of the job's first I/O, since the run's first job
  Counters counters;
  // What of that was on which device, ascending by name; in run.json only where
  // the job's files are on several.
  std::vector<DeviceShare> devices;
  PathHistograms paths;
  Timeline timeline;

  LatencyHistogram& path(Path p) { return paths[static_cast<size_t>(p)]; }
  const LatencyHistogram& path(Path p) const {
    return paths[static_cast<size_t>(p)];
  }
  // What the last value of an option begins with, where that is a number; of
  // one that was not given `otherwise`.
  uint64_t LastNumber(const std::string& option, uint64_t otherwise) const;
  // Adds another process or thread of the same job.
  void Merge(const JobRecord& other);
  bool operator==(const JobRecord&) const = default;
};

struct PoisonRecord {
  uint64_t planted_sectors = 0;  // from inject.json beside run.json
  uint64_t planted_pages = 0;
  uint64_t remaining_sectors = 0;  // that were listed when a job ended
  // Disks of which no list said then what is bad, or not all of it. In run.json
  // only where there are any.
  uint64_t unlisted_disks = 0;
  // What these count, and the counters of jobs: 512 where the kernel lists
  // poison, 64 on CXL memory. In run.json only where it is not 512.
  uint64_t unit_bytes = kSectorBytes;
  // Of the whole machine during the run, where there were any
  // (system/machine_errors.h).
  uint64_t machine_checks = 0;
  uint64_t taken_pages = 0;
  bool operator==(const PoisonRecord&) const = default;
};

struct RunRecord {
  int schema = kRunRecordSchema;
  Environment environment;
  // When the run's first I/O began (CLOCK_MONOTONIC, as time_ns of
  // inject.json); 0 before it.
  uint64_t start_ns = 0;
  std::vector<JobRecord> jobs;  // ascending by number
  // Jobs that began and of which a worker left no record, for it was killed:
  // what is here of them is not all that they did. Ascending, each once; in
  // run.json only where there are any.
  std::vector<std::string> unfinished;
  PoisonRecord poison;

  // The job of that name; null when there is none.
  const JobRecord* Find(const std::string& name) const;
  // Joins the job of the same name, or adds it in its place. Returns what is
  // there now, until the next is added.
  JobRecord& AddJob(JobRecord job);
  bool operator==(const RunRecord&) const = default;
};

// Why the times of a run are not judged (clock_check.h); empty when they are. A
// wall-clock guest of `daxmend vm` without a check is an older record's: nobody
// can tell.
std::string ClockRefusal(const Environment& environment,
                         const std::string& name);

// environment.clock_check as JSON text, and from it. Throws Error.
std::string ToJson(const ClockCheck& check);
ClockCheck ClockCheckFromJson(JsonReader reader);

// The JSON text of run.json, ending in a newline. Deterministic: equal records
// give equal bytes.
std::string ToJson(const RunRecord& record);

// Reads run.json's text. Throws Error naming `source` (a file name) and the
// key at fault: not JSON, truncated, another schema, a key missing or of the
// wrong type, counts that do not add up, negative or not finite numbers.
// Unknown keys are ignored.
RunRecord RunRecordFromJson(std::string_view text, const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_RUN_RECORD_H_
