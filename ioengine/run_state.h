// SPDX-License-Identifier: GPL-2.0-only
//
// What the processes and threads of one fio run share: a piece of memory made
// in fio's main process before it forks its jobs. Through it jobs agree on when
// the run began and which logs it has begun, and leave what they measured for
// the summary the main process prints. A worker (a process or thread of a job)
// says when it starts and when it has ended, so that one that is killed in
// between is missed.
//
// All members may be called from any process or thread of the run.

#ifndef DAXMEND_IOENGINE_RUN_STATE_H_
#define DAXMEND_IOENGINE_RUN_STATE_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/run_record.h"
#include "system/host_clock.h"
#include "system/machine_errors.h"

namespace daxmend {

class RunState {
 public:
  // Maps the memory; processes forked from here on share it. Throws Error.
  RunState();
  ~RunState();
  RunState(const RunState&) = delete;
  RunState& operator=(const RunState&) = delete;

  // Where the run is, but for fio and the files.
  const Environment& environment() const { return environment_; }

  // Has the clock run at the host's rate since this was made?
  std::optional<ClockCheck> CheckClock() const { return clock_.Check(); }

  // What the kernel has counted since this was made. Asking takes longer than
  // what a short job does: it is for who writes a log, or the summary.
  MachineErrors NewMachineErrors() const;

  // When the run's first I/O began, in nanoseconds of CLOCK_MONOTONIC: the
  // first call decides, every call gets its answer.
  uint64_t FirstIo(uint64_t now_ns);
  // 0 before it.
  uint64_t first_io_ns() const;

  // Has this run written the log `path` yet? Callers hold the log's lock.
  bool Begun(const std::string& path) const;
  void SetBegun(const std::string& path);

  // Is this the first time that the run asks for the log `path`?
  bool FirstUse(const std::string& path);

  // A worker of the job `name` starts that is to be logged in `path_log` (or
  // ""). Returns what Ended() takes once it has left all that it will leave.
  // Workers past kJobs are not watched.
  uint64_t Started(std::string_view name, std::string_view path_log);
  void Ended(uint64_t worker);

  // Does a worker that is logged in `path` run still? One that was killed does
  // until its parent knows.
  bool AnyRuns(const std::string& path) const;

  // How a log goes to fio's client (log_sending.h). Sends have numbers, from 1.
  struct Sends {
    std::atomic<uint64_t> second;  // of the clock, that the last one had
    std::atomic<uint64_t> begun;   // the last that began,
    std::atomic<uint64_t> ended;   // and that ended
  };
  // Those of the log `path`; null past kLogs.
  Sends* SendsOf(const std::string& path);

  // Is `text` to be told to the user now? Once in a run.
  bool FirstToTell(const std::string& text);

  // Leaves the record of a job that ended, with `fast` as its path of that
  // name, and where it was logged (or ""). Timelines are not kept. Jobs past
  // kJobs are counted only.
  void Leave(const JobRecord& job, const LatencyHistogram& fast,
             std::string_view path_log, const PoisonRecord& poison);

  // What was left: jobs joined by name, ascending by number.
  struct Left {
    std::vector<JobRecord> jobs;
    std::vector<std::string> path_logs;  // each once
    PoisonRecord poison;                 // as the last job found it
    struct Killed {
      std::string job;
      std::string path_log;  // or ""
      bool operator==(const Killed&) const = default;
    };
    // Workers that started and did not end. Once no worker is left (in fio's
    // main process, when that ends) they were killed.
    std::vector<Killed> killed;
    uint64_t not_kept = 0;  // jobs past kJobs
  };
  Left Collect() const;

  // As many as fio has (REAL_MAX_JOBS, fio.h, 3.33).
  static constexpr size_t kJobs = 4096;

 private:
  struct Shared;
  Shared* shared_;
  const Environment environment_;
  const ClockWatch clock_;
  const MachineErrors before_;
};

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_RUN_STATE_H_
