// SPDX-License-Identifier: GPL-2.0-only
//
// Jobs of which run.json does not tell everything. A worker (a process of a
// job) that is killed leaves no record; fio counts its I/Os anyway, and
// does not call it a failure. The engine notices when it can (see
// RunRecord::unfinished); fio.json, where there is one, tells of the rest.
//
// A pure function; thread-safe.

#ifndef DAXMEND_RESULTS_RUN_UNFINISHED_JOBS_H_
#define DAXMEND_RESULTS_RUN_UNFINISHED_JOBS_H_

#include <string>
#include <vector>

#include "records/run_record.h"
#include "results/run/fio_results.h"

namespace daxmend {

// The names, ascending: those that `record` has already, and jobs that did I/O
// by fio's count, were to be logged where this record was, and have no record,
// or one of fewer workers than fio had.
std::vector<std::string> UnfinishedJobs(const RunRecord& record,
                                        const FioResults& fio);

// The same of a run that is known to have ended early, as one on a host that
// was lost. `sections` are the names of the jobs in its job files: those that
// `record` lacks, or has fewer workers of than numjobs= says; and where nothing
// is missed by that, all that it has.
std::vector<std::string> CutShortJobs(const RunRecord& record,
                                      const std::vector<std::string>& sections);

// "run.json has not all of job a, a worker of which was killed"; for a list.
std::string UnfinishedText(const std::string& job);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_UNFINISHED_JOBS_H_
