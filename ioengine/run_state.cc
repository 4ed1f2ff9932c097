// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/run_state.h"

#include <fmt/core.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <new>
#include <type_traits>

#include "core/error.h"
#include "records/environment.h"

namespace daxmend {
namespace {

constexpr size_t kLogs = 64;
constexpr size_t kTold = 64;

// A string where pointers have no meaning: cut to fit, always terminated.
template <size_t N>
using Text = std::array<char, N>;

template <size_t N>
void Put(Text<N>& to, std::string_view from) {
  const size_t length = std::min(from.size(), N - 1);
  std::memcpy(to.data(), from.data(), length);
  to[length] = '\0';
}

struct SharedJob {
  std::atomic<bool> complete;
  Text<128> name;
  uint64_t number;
  Text<16> access;
  Text<16> recovery;
  Text<16> rw;
  Text<1024> path_log;
  uint64_t start_ns;
  Counters counters;
  PoisonRecord poison;
  std::array<LatencyHistogram::Flat, kPaths> paths;
};
struct SharedWorker {
  std::atomic<bool> started;
  std::atomic<bool> ended;
  pid_t process;
  Text<128> name;
  Text<1024> path_log;
};
static_assert(std::is_trivially_copyable_v<LatencyHistogram::Flat>);
static_assert(std::is_trivially_copyable_v<Counters>);
static_assert(std::is_trivially_copyable_v<PoisonRecord>);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

uint64_t Key(const std::string& text) {
  return std::hash<std::string>()(text) | 1;  // 0 is an empty place
}

enum class Entered { kNow, kBefore, kNoRoom };

template <size_t N>
Entered Enter(std::array<std::atomic<uint64_t>, N>& places,
              const std::string& text) {
  for (std::atomic<uint64_t>& place : places) {
    // Whoever exchanges the 0 was first; processes share this memory, so no
    // lock.
    uint64_t was = 0;
    if (place.compare_exchange_strong(was, Key(text))) return Entered::kNow;
    if (was == Key(text)) return Entered::kBefore;
  }
  return Entered::kNoRoom;
}

}  // namespace

struct RunState::Shared {
  std::atomic<uint64_t> first_io_ns;
  std::array<std::atomic<uint64_t>, kLogs> used;
  std::array<std::atomic<uint64_t>, kLogs> begun;
  std::array<std::atomic<uint64_t>, kTold> told;
  std::atomic<uint64_t> left;
  std::array<std::atomic<uint64_t>, kLogs> sent;
  std::array<Sends, kLogs> sends;  // of the log at the same place
  std::array<SharedJob, kJobs> jobs;
  std::atomic<uint64_t> workers_started;
  std::array<SharedWorker, kJobs> workers;
};

RunState::RunState()
    : environment_(DescribeEnvironment()),
      clock_(InWallClockGuest()),
      before_(ReadMachineErrors()) {
  // Fresh pages are zeros, which is what every member starts as; a page that
  // no job writes to takes no memory.
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw ErrnoError("map the memory that jobs share", errno);
  shared_ = static_cast<Shared*>(memory);
}

RunState::~RunState() { munmap(shared_, sizeof(Shared)); }

MachineErrors RunState::NewMachineErrors() const {
  const MachineErrors now = ReadMachineErrors();
  return {.checks = now.checks - before_.checks,
          // Those that were given back meanwhile may be more.
          .pages = std::max(now.pages, before_.pages) - before_.pages};
}

uint64_t RunState::FirstIo(uint64_t now_ns) {
  uint64_t first = 0;
  return shared_->first_io_ns.compare_exchange_strong(first, now_ns) ? now_ns
                                                                     : first;
}

uint64_t RunState::first_io_ns() const { return shared_->first_io_ns.load(); }

bool RunState::Begun(const std::string& path) const {
  return std::any_of(shared_->begun.begin(), shared_->begun.end(),
                     [key = Key(path)](const std::atomic<uint64_t>& place) {
                       return place.load() == key;
                     });
}

void RunState::SetBegun(const std::string& path) {
  if (Enter(shared_->begun, path) == Entered::kNoRoom)
    throw Error(
        {.thing = "path_log=" + path,
         .cause = fmt::format("is one too many (a run has at most {})", kLogs),
         .way_out = "let jobs share one"});
}

bool RunState::FirstUse(const std::string& path) {
  return Enter(shared_->used, path) == Entered::kNow;
}

uint64_t RunState::Started(std::string_view name, std::string_view path_log) {
  const uint64_t at = shared_->workers_started.fetch_add(1);
  if (at >= kJobs) return at;
  SharedWorker& worker = shared_->workers[at];
  Put(worker.name, name);
  Put(worker.path_log, path_log);
  worker.process = getpid();
  // Last, so that whoever collects sees its name.
  worker.started.store(true, std::memory_order_release);
  return at;
}

void RunState::Ended(uint64_t worker) {
  if (worker < kJobs) shared_->workers[worker].ended.store(true);
}

bool RunState::AnyRuns(const std::string& path) const {
  Text<1024> log;
  Put(log, path);
  const uint64_t workers = shared_->workers_started.load();
  for (uint64_t i = 0; i < std::min<uint64_t>(workers, kJobs); ++i) {
    const SharedWorker& worker = shared_->workers[i];
    if (worker.started.load(std::memory_order_acquire) &&
        !worker.ended.load() &&
        std::strcmp(worker.path_log.data(), log.data()) == 0 &&
        kill(worker.process, 0) == 0)
      return true;
  }
  return false;
}

RunState::Sends* RunState::SendsOf(const std::string& path) {
  if (Enter(shared_->sent, path) == Entered::kNoRoom) return nullptr;
  for (size_t i = 0; i < kLogs; ++i)
    if (shared_->sent[i].load() == Key(path)) return &shared_->sends[i];
  return nullptr;
}

bool RunState::FirstToTell(const std::string& text) {
  return Enter(shared_->told, text) != Entered::kBefore;
}

void RunState::Leave(const JobRecord& job, const LatencyHistogram& fast,
                     std::string_view path_log, const PoisonRecord& poison) {
  const uint64_t at = shared_->left.fetch_add(1);
  if (at >= kJobs) return;
  SharedJob& to = shared_->jobs[at];
  Put(to.name, job.name);
  to.number = job.number;
  Put(to.access, job.access);
  Put(to.recovery, job.recovery);
  Put(to.rw, job.rw);
  Put(to.path_log, path_log);
  to.start_ns = job.start_ns;
  to.counters = job.counters;
  to.poison = poison;
  for (size_t i = 0; i < kPaths; ++i)
    (i == static_cast<size_t>(Path::kFast) ? fast : job.paths[i])
        .Flatten(&to.paths[i]);
  // Last: a job that is killed while it writes leaves no half of itself.
  to.complete.store(true, std::memory_order_release);
}

RunState::Left RunState::Collect() const {
  Left out;
  const uint64_t left = shared_->left.load();
  out.not_kept = left > kJobs ? left - kJobs : 0;
  RunRecord record;
  for (uint64_t i = 0; i < std::min<uint64_t>(left, kJobs); ++i) {
    const SharedJob& from = shared_->jobs[i];
    // Killed between its number and its last word.
    if (!from.complete.load(std::memory_order_acquire)) continue;
    JobRecord job;
    job.name = from.name.data();
    job.number = from.number;
    job.access = from.access.data();
    job.recovery = from.recovery.data();
    job.rw = from.rw.data();
    job.start_ns = from.start_ns;
    job.counters = from.counters;
    // Of a thousand clones there is one record, to which each adds its
    // latencies.
    JobRecord& joined = record.AddJob(std::move(job));
    for (size_t i = 0; i < kPaths; ++i)
      if (from.paths[i].count > 0) joined.paths[i].Merge(from.paths[i]);
    out.poison = from.poison;
    const std::string log = from.path_log.data();
    if (!log.empty() && std::find(out.path_logs.begin(), out.path_logs.end(),
                                  log) == out.path_logs.end())
      out.path_logs.push_back(log);
  }
  out.jobs = std::move(record.jobs);
  const uint64_t workers = shared_->workers_started.load();
  for (uint64_t i = 0; i < std::min<uint64_t>(workers, kJobs); ++i) {
    const SharedWorker& worker = shared_->workers[i];
    if (worker.started.load(std::memory_order_acquire) && !worker.ended.load())
      out.killed.push_back({worker.name.data(), worker.path_log.data()});
  }
  return out;
}

}  // namespace daxmend
