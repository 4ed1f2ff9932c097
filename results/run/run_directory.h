// SPDX-License-Identifier: GPL-2.0-only
//
// The directory of one run, read: run.json, what fio said of it (fio.json) and
// what had been injected (inject.json). Reports and gates work on this, not on
// files.
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_RUN_RUN_DIRECTORY_H_
#define DAXMEND_RESULTS_RUN_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "records/hosts_record.h"
#include "records/injection_record.h"
#include "records/origin.h"
#include "records/profile_record.h"
#include "records/run_record.h"
#include "results/run/fio_results.h"

namespace daxmend {

struct Run {
  std::string directory;
  RunRecord record;
  std::optional<FioResults> fio;         // none without fio.json
  InjectionRecord injected;              // empty without inject.json
  std::optional<ProfileRecord> profile;  // none without profile.json
  std::optional<Origin> origin;          // none without origin.json
  HostsRecord hosts;                     // empty without hosts.json
  // What a report cannot say because something of the run is missing, a
  // sentence each.
  std::vector<std::string> gaps;
};

// `name` is the directory, or its run.json, which stands for it.
//
// The record names the unfinished jobs that fio.json tells of, too
// (unfinished_jobs.h). Throws Error when the directory has no run.json, or when
// any of these files is there and cannot be read or believed.
Run LoadRun(const std::string& name);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_RUN_DIRECTORY_H_
