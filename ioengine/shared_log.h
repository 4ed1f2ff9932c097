// SPDX-License-Identifier: GPL-2.0-only
//
// A job's way to its path_log. The jobs of a process that are threads write a
// log together: a thousand that end within a second rewrite run.json a few
// times, not a thousand. What one of them adds is in the log when it is the
// last, and one second later at most, whatever the others do: of a fio that is
// killed the log has all jobs that ended more than a second before.
//
// Thread-safe. A process that is forked has its own.

#ifndef DAXMEND_IOENGINE_SHARED_LOG_H_
#define DAXMEND_IOENGINE_SHARED_LOG_H_

#include <chrono>
#include <memory>
#include <string>

#include "ioengine/run_state.h"
#include "records/run_record.h"

namespace daxmend {

class SharedLog {
 public:
  // For a job that logs to `path`; `state` outlives it. `wait` is what it may
  // take until a record is in the log.
  SharedLog(const std::string& path, RunState* state,
            std::chrono::milliseconds wait = std::chrono::seconds(1));
  // Should Done() not have been called, what waits is written, or is lost where
  // that fails.
  ~SharedLog();
  SharedLog(const SharedLog&) = delete;
  SharedLog& operator=(const SharedLog&) = delete;

  // Adds what the job measured, as AddToLog(), with `fast` as its path of that
  // name. Throws Error where it had to be
  // written and could not be; it is tried again with what comes next.
  void Add(const Environment& environment, const PoisonRecord& poison,
           JobRecord job, const LatencyHistogram& fast);
  // The job adds nothing more. Throws Error as Add().
  void Done();

  // Is anything that jobs of this process have added to `path` not in it yet?
  static bool Waits(const std::string& path);
  // Writes it. Throws Error as Add().
  static void WriteWaiting(const std::string& path);

 private:
  struct Log;
  std::shared_ptr<Log> log_;
  const std::chrono::milliseconds wait_;
  bool done_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_SHARED_LOG_H_
