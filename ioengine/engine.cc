// SPDX-License-Identifier: GPL-2.0-only
//
// fio's external ioengine "daxmend": the hooks fio calls, each a line or two
// around Job. Nothing throws through them.

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/error.h"
#include "core/utf8.h"
#include "ioengine/block_device_job.h"
#include "ioengine/client_files.h"
#include "ioengine/described_file.h"
#include "ioengine/fio.h"
#include "ioengine/fio_version.h"
#include "ioengine/job.h"
#include "ioengine/job_io.h"
#include "ioengine/job_text.h"
#include "ioengine/log_sending.h"
#include "ioengine/options.h"
#include "ioengine/profile_sender.h"
#include "ioengine/run_log.h"
#include "ioengine/run_state.h"
#include "ioengine/summary.h"
#include "ioengine/tick_clock.h"
#include "recovery/flag_probe.h"
#include "system/file_descriptor.h"
#include "system/limits/descriptor_limit.h"

extern "C" [[gnu::visibility("default")]] ioengine_ops ioengine;

namespace daxmend {
namespace {

// Made when fio loads the engine, in its main process; never freed, because
// fio's helper threads may outlive main().
RunState* run_state = nullptr;
TickClock* tick_clock = nullptr;
pid_t main_process = 0;

Job* JobOf(const thread_data* td) { return static_cast<Job*>(td->io_ops_data); }

uint64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

void LogError(const std::exception& e) { log_err("daxmend: %s\n", e.what()); }

// The errno that fio is to report for it.
int CodeOf(const std::exception& e) {
  const auto* error = dynamic_cast<const Error*>(&e);
  return error && error->code() != 0 ? error->code() : EINVAL;
}

// A log has one record for all jobs of a name: the clones of numjobs=.
void CheckName(const thread_data* td) {
  // Clones have their section's.
  if (td->subjob_number > 0) return;
  if (TextOfSection(td) != JobText(td))
    throw Error(
        {.thing =
             "job " + AsUtf8(td->o.name) + ": another section of this name",
         .cause = "has other options, but path_log= has one record for both",
         .way_out = "give each a name of its own"});
}

// Descriptors that a job holds at once: fio's of each file, recovery's own of
// one of them, the copy it takes lost bytes from, and the room held for what is
// punched.
uint64_t DescriptorsOf(const thread_data* td) {
  const Options& options = OptionsOf(td);
  const auto strategy = static_cast<Strategy>(options.recovery);
  const uint64_t files = td->o.open_files
                             ? std::min(td->o.open_files, td->o.nr_files)
                             : td->o.nr_files;
  uint64_t wanted = files * (1 + (options.backup != nullptr) +
                             (strategy == Strategy::kPunch)) +
                    (strategy != Strategy::kNone);
  // Device-dax is opened anew, each by itself, and its list is two more.
  if (strategy != Strategy::kNone)
    for (unsigned i = 0; i < td->files_index; ++i)
      if (td->files[i]->filetype == FIO_TYPE_CHAR) wanted += 3;
  return wanted;
}

// Jobs that are threads share a process's descriptors. fio sets up a job and
// then its clones (numjobs=), which have been counted with it.
void CheckDescriptors(const thread_data* td) {
  static uint64_t threads = 0, together = 0, clones = 0;
  if (clones > 0) {
    --clones;
    return;
  }
  const uint64_t jobs = std::max(1u, td->o.numjobs);
  clones = jobs - 1;
  if (td->o.stonewall) threads = together = 0;
  uint64_t wanted = DescriptorsOf(td);
  if (td->o.use_thread) {
    threads += jobs;
    wanted = together += wanted * jobs;
  }
  wanted = DescriptorsWanted(wanted);
  const uint64_t limit = RaiseDescriptorLimit(wanted);
  if (limit >= wanted) return;
  throw Error(
      {.thing =
           fmt::format("job {}: {}", td->o.name,
                       td->o.use_thread ? fmt::format("{} threads", threads)
                                        : std::string("its files")),
       .cause = fmt::format("{} {} descriptors, but this process may have {}",
                            td->o.use_thread ? "open" : "need", wanted, limit),
       .way_out =
           fmt::format("run ulimit -n {} first{}", wanted,
                       td->o.use_thread ? ", or leave thread=1 out" : "")});
}

// Everything that can be refused is refused here, before any job starts.
void CheckJob(const thread_data* td) {
  const Options& options = OptionsOf(td);
  const std::string job = std::string("job ") + td->o.name;
  if (td_trim(td))
    throw Error({.thing = job + ": trim (rw=" + ddir_str(td->o.td_ddir) + ")",
                 .cause = "is not supported",
                 .way_out = "choose an rw= without trim"});
  // fio 3.33 hands its workers a path it has freed (rate-submit.c).
  if (td->o.io_submit_mode != IO_MODE_INLINE)
    throw Error({.thing = job + ": io_submit_mode=offload",
                 .cause = "cannot load an external engine",
                 .way_out = "leave it out"});
  const bool recovers =
      static_cast<Strategy>(options.recovery) != Strategy::kNone;
  if (recovers && read_only)
    throw Error({.thing = job + ": recovery=" + StrategyName(options.recovery),
                 .cause = "writes, but --readonly forbids it",
                 .way_out = "leave out one of them"});
  if (options.backup && td->o.nr_files > 1)
    throw Error(
        {.thing = job + ": backup=",
         .cause = fmt::format("is a copy of one file, but the job has {}",
                              td->o.nr_files),
         .way_out = "give each file a job"});
  const bool mapped = static_cast<Access>(options.access) == Access::kMmap;
  if (mapped && options.rwf_flags_given)
    throw Error({.thing = job + ": rwf_flags=",
                 .cause = "are for system calls, but access=mmap makes none",
                 .way_out = "leave out one of them"});
  if (!mapped && options.userfault_poison)
    throw Error({.thing = job + ": userfault_poison=",
                 .cause = "poisons a mapping, but access=syscall has none",
                 .way_out = "set access=mmap"});
  if (options.path_log) {
    // Of all clones once: trying whether there is room takes longer than
    // starting a thread.
    static std::set<std::string> checked;
    if (checked.insert(options.path_log).second) CheckPathLog(options.path_log);
    BeginLog(options.path_log, run_state);
    CheckName(td);
  }
}

// recovery=flag is refused where the bit is not one for recovery.
void CheckFlag(const thread_data* td) {
  const Options& options = OptionsOf(td);
  if (static_cast<Strategy>(options.recovery) != Strategy::kFlag) return;
  char bit[16];
  std::snprintf(bit, sizeof bit, "0x%x", options.recovery_flag);
  const std::string job = std::string("job ") + td->o.name + ": recovery=flag";
  const std::string passes = std::string("passes the bit ") + bit;
  if (!std::has_single_bit(options.recovery_flag))
    throw Error({.thing = job,
                 .cause = passes + ", which is not one bit",
                 .way_out = "set recovery_flag= to one"});
  if (td->files_index == 0) return;
  FlagProbe probe;
  try {
    probe = ProbeFlag(options.recovery_flag, td->files[0]->file_name);
  } catch (const Error& e) {
    throw Error({.thing = job,
                 .cause = passes +
                          ", but kernel support for it cannot be probed (" +
                          e.what() + ")",
                 .way_out = "give the job a directory it can write to"});
  }
  if (probe.support != FlagSupport::kRecovery)
    throw Error({.thing = job,
                 .cause = passes + " and " + probe.finding + " (" +
                          FlagSupportName(probe.support) + ")",
                 .way_out = "set recovery_flag= to the bit this kernel has for "
                            "it, or use recovery=write"});
}

// fio leaves finding the files' sizes to an engine that has this hook.
int CheckFiles(thread_data* td) {
  // Of all clones once, and anew for a job that wants something else of the
  // same file. Each job asks again when it opens one.
  static std::set<std::tuple<unsigned, unsigned, unsigned, bool, std::string>>
      checked;
  const Options& options = OptionsOf(td);
  fio_file* file;
  unsigned i;
  for_each_file(td, file, i) {
    if (FileSize(td, file) != 0) {
      if (td->error != ENOENT) return 1;
      td_clear_error(td);  // fio is about to lay it out
    } else if (const std::tuple key(options.allow_nodax, options.recovery,
                                    options.access, td->o.odirect != 0,
                                    std::string(file->file_name));
               !checked.contains(key)) {
      if (FileDescriptor fd{open(file->file_name, O_RDONLY | O_CLOEXEC)}) {
        CheckUnused(td, Describe(td, fd.get(), file->file_name));
        checked.insert(key);
      }
    }
    if (file->real_file_size == UINT64_MAX && td->o.size)
      file->real_file_size = td->o.size / td->o.nr_files;
  }
  return 0;
}

int Setup(thread_data* td) {
  try {
    CheckJob(td);
    CheckDescriptors(td);
    CheckFlag(td);
    static std::once_flag profile;
    std::call_once(profile, SetUpProfile);
    // All options are parsed by now. Of a worker that is killed fio 3.33 would
    // free the engine's options in its main process, by a pointer of the
    // worker's, and crash before it has said what is missing.
    ioengine.options = nullptr;
    return CheckFiles(td);
  } catch (const std::exception& e) {
    LogError(e);
    return 1;
  }
}

int Init(thread_data* td) {
  try {
    td->io_ops_data = new Job(td, run_state, tick_clock);
    return 0;
  } catch (const std::exception& e) {
    LogError(e);
    return CodeOf(e);
  }
}

// fio leaves a job out whose exec_prerun failed, and counts it as a success.
void FailUnlessRun(thread_data* td) {
  const bool ran = td->epoch.tv_sec != 0 || td->epoch.tv_nsec != 0;
  if (ran || td->error || td->terminate) return;
  const std::string job = td->o.name;
  const std::string why =
      td->o.exec_prerun ? "its exec_prerun failed: see " + job + ".prerun.txt"
                        : "fio could not start it: see above";
  log_err("daxmend: job %s did not run, %s\n", job.c_str(), why.c_str());
  td_verror(td, ECANCELED, td->o.exec_prerun ? "exec_prerun" : "start");
}

void Cleanup(thread_data* td) {
  Job* job = JobOf(td);
  td->io_ops_data = nullptr;
  if (!job) return;
  FailUnlessRun(td);
  try {
    job->Finish();
  } catch (const std::exception& e) {
    LogError(e);
    td_verror(td, EIO, "path_log");
  }
  delete job;
  try {
    if (is_backend && OptionsOf(td).path_log) {
      const std::string log = OptionsOf(td).path_log;
      SendInTurn(log, run_state, [&] { SendToClient(td, log); });
    }
  } catch (const std::exception& e) {
    LogError(e);  // what was measured is kept here
  }
}

int OpenFile(thread_data* td, fio_file* file) {
  if (const int result = generic_open_file(td, file); result != 0)
    return result;
  try {
    const DaxFile dax = Describe(td, file->fd, file->file_name);
    if (Job* job = JobOf(td)) job->Opened(td, file, dax);
    return 0;
  } catch (const std::exception& e) {
    LogError(e);
    td_verror(td, CodeOf(e), "open_file");
    const int closed = generic_close_file(td, file);
    return closed ? closed : 1;
  }
}

int CloseFile(thread_data* td, fio_file* file) {
  if (Job* job = JobOf(td)) job->Closing(file);
  return generic_close_file(td, file);
}

fio_q_status Queue(thread_data* td, io_u* io) {
  return JobOf(td)->Queue(td, io);
}

std::map<std::string, std::vector<std::string>> KilledByLog(
    const RunState::Left& left) {
  std::map<std::string, std::vector<std::string>> jobs;
  for (const RunState::Left::Killed& killed : left.killed)
    if (!killed.path_log.empty()) jobs[killed.path_log].push_back(killed.job);
  return jobs;
}

// After fio's own output. Jobs that are processes leave by _exit(), so this
// runs in the main process only, once; a server's children never get here.
void PrintSummary() {
  if (getpid() != main_process || is_backend) return;
  try {
    RunState::Left left = run_state->Collect();
    CountMachineErrors(*run_state, &left.poison);
    for (const auto& [path, jobs] : KilledByLog(left))
      AddUnfinished(path, *run_state, jobs);
    const std::string text = FormatSummary(left, run_state->environment().clock,
                                           run_state->CheckClock());
    // Standard output is left alone where it is for machines to read.
    const bool for_machines =
        f_out == stdout && (output_format & ~FIO_OUTPUT_NORMAL) != 0;
    std::fputs(text.c_str(), for_machines ? stderr : stdout);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "daxmend: %s\n", e.what());
  }
}

// Runs when fio loads the engine. In another fio nothing but `version` and
// stderr is safe to touch.
[[gnu::constructor]] void Loaded() {
  const auto* running =
      static_cast<const char*>(dlsym(RTLD_DEFAULT, "fio_version_string"));
  const std::string refusal = RefuseFio(DAXMEND_FIO_VERSION, running);
  if (!refusal.empty()) {
    std::fprintf(stderr, "%s\n", refusal.c_str());
    ioengine.version = 0;  // which fio then refuses
    return;
  }
  ioengine.options = OptionTable();
  try {
    run_state = new RunState;
    tick_clock =
        new TickClock(TickClock::KernelKeepsTimeByCycles(), MonotonicNow,
                      run_state->environment().clock == Clock::kVirtual);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "daxmend: %s\n", e.what());
    ioengine.version = 0;
    return;
  }
  main_process = getpid();
  std::atexit(PrintSummary);
}

}  // namespace
}  // namespace daxmend

extern "C" {
ioengine_ops ioengine = {
    .name = "daxmend",
    .version = FIO_IOOPS_VERSION,
    .flags = FIO_SYNCIO,
    .setup = daxmend::Setup,
    .init = daxmend::Init,
    .queue = daxmend::Queue,
    .cleanup = daxmend::Cleanup,
    .open_file = daxmend::OpenFile,
    .close_file = daxmend::CloseFile,
    .get_file_size = daxmend::FileSize,
    .option_struct_size = sizeof(daxmend::Options),
};
}
