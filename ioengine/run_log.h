// SPDX-License-Identifier: GPL-2.0-only
//
// path_log: how the jobs of a fio run, processes and threads that know nothing
// of each other, write one run.json together.
//
// Thread-safe, also between processes: the directory of the log is locked
// (flock) while a job adds itself, and the file is replaced whole.

#ifndef DAXMEND_IOENGINE_RUN_LOG_H_
#define DAXMEND_IOENGINE_RUN_LOG_H_

#include <string>

#include "core/run_record.h"
#include "ioengine/run_state.h"

namespace daxmend {

// Throws Error unless a run.json of usual size could be written to `path` now:
// its directory is missing or not writable, the disk is full, or `path` is
// something else than a regular file. Leaves nothing behind.
void CheckPathLog(const std::string& path);

// Adds `job` to the log `path`. The first job of the run `state` stands for
// starts the log anew. Throws Error; the log is untouched then.
void AddToLog(const std::string& path, RunState* state,
              const Environment& environment, const PoisonRecord& poison,
              JobRecord job);

// What inject.json beside the log `path` says was planted; nothing when there
// is none. Throws Error when it cannot be understood.
PoisonRecord PlantedBeside(const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_RUN_LOG_H_
