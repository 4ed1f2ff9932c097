// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/shared_log.h"

#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.h"
#include "ioengine/run_log.h"
#include "system/process_tables.h"

namespace daxmend {

using Time = std::chrono::steady_clock;

struct SharedLog::Log {
  Log(std::string path, RunState* state)
      : path(std::move(path)), state(state) {}

  // With the mutex held. Throws Error; all of it still waits then.
  void Write() {
    if (waiting.jobs.empty()) return;
    AddToLog(path, state, waiting, &known);
    waiting.jobs.clear();
    written = Time::now();
    emptied.notify_all();
  }

  // Where that of this process and `path` is, or will be. With the lock of
  // the process's tables held.
  static std::weak_ptr<Log>& Place(const std::string& path);
  // Null where there is none.
  static std::shared_ptr<Log> Find(const std::string& path);

  // Writes what waits in `wait`, should nobody have done so.
  static void WriteLater(std::shared_ptr<Log> log,
                         std::chrono::milliseconds wait);

  const std::string path;
  RunState* const state;
  std::mutex mutex;
  std::condition_variable emptied;
  size_t jobs = 0;    // that are not done
  RunRecord waiting;  // what the log does not have yet
  KnownLog known;     // as it was written last
  std::optional<Time::time_point> written;
  bool later = false;  // somebody waits to write it
};

std::weak_ptr<SharedLog::Log>& SharedLog::Log::Place(const std::string& path) {
  // Never freed: threads may outlive main().
  static auto& logs =
      *new std::map<std::pair<pid_t, std::string>, std::weak_ptr<Log>>;
  return logs[{getpid(), path}];
}

std::shared_ptr<SharedLog::Log> SharedLog::Log::Find(const std::string& path) {
  const ProcessTablesLock hold;
  return Place(path).lock();
}

void SharedLog::Log::WriteLater(std::shared_ptr<Log> log,
                                std::chrono::milliseconds wait) {
  log->later = true;
  // Signals are the business of the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([log, wait] {
      std::unique_lock hold(log->mutex);
      log->emptied.wait_for(hold, wait,
                            [&] { return log->waiting.jobs.empty(); });
      log->later = false;
      try {
        log->Write();
      } catch (const std::exception&) {
        // Whoever writes next, or the last, meets the error himself.
      }
    }).detach();
  } catch (const std::system_error&) {
    log->later = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SharedLog::SharedLog(const std::string& path, RunState* state,
                     std::chrono::milliseconds wait)
    : wait_(wait) {
  const ProcessTablesLock hold;
  std::weak_ptr<Log>& place = Log::Place(path);
  log_ = place.lock();
  if (!log_ || log_->state != state)
    place = log_ = std::make_shared<Log>(path, state);
  const std::lock_guard own(log_->mutex);
  ++log_->jobs;
}

SharedLog::~SharedLog() {
  try {
    Done();
  } catch (const std::exception&) {
  }
}

void SharedLog::Add(const Environment& environment, const PoisonRecord& poison,
                    JobRecord job, const LatencyHistogram& fast) {
  const std::lock_guard hold(log_->mutex);
  RunRecord& waiting = log_->waiting;
  for (const RunRecord* record : {&waiting, &log_->known.record})
    RefuseOtherOptions(*record, job, log_->path);
  const auto earlier = waiting.environment.clock_check;
  waiting.environment = environment;
  KeepCertain(earlier, &waiting.environment.clock_check);
  waiting.poison = poison;
  JobRecord& joined = waiting.AddJob(std::move(job));
  if (fast.count() > 0) joined.path(Path::kFast).Merge(fast);
  const bool soon = log_->written && Time::now() - *log_->written < wait_;
  if (log_->jobs > 1 && soon) {
    if (!log_->later) Log::WriteLater(log_, wait_);
    if (log_->later) return;
  }
  log_->Write();
}

void SharedLog::Done() {
  if (std::exchange(done_, true)) return;
  const std::lock_guard hold(log_->mutex);
  if (--log_->jobs == 0) log_->Write();
}

bool SharedLog::Waits(const std::string& path) {
  const std::shared_ptr<Log> log = Log::Find(path);
  if (!log) return false;
  const std::lock_guard hold(log->mutex);
  return !log->waiting.jobs.empty();
}

void SharedLog::WriteWaiting(const std::string& path) {
  const std::shared_ptr<Log> log = Log::Find(path);
  if (!log) return;
  const std::lock_guard hold(log->mutex);
  log->Write();
}

}  // namespace daxmend
