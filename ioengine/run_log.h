// SPDX-License-Identifier: GPL-2.0-only
//
// path_log: how the jobs of a fio run, processes and threads that know nothing
// of each other, write one run.json together.
//
// Thread-safe, also between processes: the directory of the log is locked
// (flock) while a job adds itself, and the file is replaced whole.

#ifndef DAXMEND_IOENGINE_RUN_LOG_H_
#define DAXMEND_IOENGINE_RUN_LOG_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ioengine/run_state.h"
#include "records/run_record.h"
#include "system/file_descriptor.h"

namespace daxmend {

// Throws Error unless a run.json of usual size could be written to `path` now:
// its directory cannot be made or written to, the disk is full, or `path` is
// something else than a regular file. Makes the directory when it is missing;
// leaves nothing else behind.
void CheckPathLog(const std::string& path);

// Nobody changes the log `path` until what is returned is closed; whoever dies
// with it lets go of it. Throws Error.
FileDescriptor LockDirectoryOf(const std::string& path);

// The first call for `path` in the run of `state` sets the results of an
// earlier run aside (earlier_results.h), so that they are not taken for those
// of this run, whatever becomes of it: the log, and beside a run.json also
// fio.json and report.html. What fio itself has open is left alone. Throws
// Error.
void BeginLog(const std::string& path, RunState* state);

// A log as this process wrote it last: it need not be read again when nobody
// else has written it meanwhile.
struct KnownLog {
  RunRecord record;
  // The file's, as fstat(2) says: device, inode, size, time of the last write.
  std::array<uint64_t, 5> file = {};
};

// Adds the jobs of `some` to the log `path`, and puts its environment and
// poison there, with the machine errors that there were until now. The first
// job of the run `state` stands for starts the log anew. Throws Error; the log
// is untouched then. That includes a job of a name that is there with other
// options: one record cannot tell of both. `*known` is of the call before, and
// of this one afterwards; may be null.
void AddToLog(const std::string& path, RunState* state, const RunRecord& some,
              KnownLog* known);

// The jobs of a run share a clock: in `*now` a reading that was disturbed does
// not unsay what `earlier` told for certain.
void KeepCertain(const std::optional<ClockCheck>& earlier,
                 std::optional<ClockCheck>* now);

// What the kernel has counted since `state` was made.
void CountMachineErrors(const RunState& state, PoisonRecord* poison);

// Throws Error where `record` has a job of that name with other options.
void RefuseOtherOptions(const RunRecord& record, const JobRecord& job,
                        const std::string& path);

// Writes the names of `jobs`, of which a worker was killed, into the log
// `path`. Does nothing when no job of the run has written it. Throws Error.
void AddUnfinished(const std::string& path, const RunState& state,
                   const std::vector<std::string>& jobs);

// What inject.json beside the log `path` says was injected; nothing when there
// is none. Throws Error when it cannot be understood.
PoisonRecord InjectedBeside(const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_RUN_LOG_H_
