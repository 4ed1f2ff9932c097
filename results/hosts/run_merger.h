// SPDX-License-Identifier: GPL-2.0-only
//
// Adds runs of one job file on several hosts up to one: latencies bucket by
// bucket, counters to the last I/O. What cannot be added is refused.
//
//   RunMerger merger;
//   for (...) merger.Add("host3", LoadRun("results/host3"));
//   MergedRun all = merger.Finish();
//
// Not thread-safe. Holds one run's histograms, however many there are.

#ifndef DAXMEND_RESULTS_HOSTS_RUN_MERGER_H_
#define DAXMEND_RESULTS_HOSTS_RUN_MERGER_H_

#include <map>
#include <set>
#include <string>

#include "records/hosts_record.h"
#include "records/run_record.h"
#include "results/run/run_directory.h"

namespace daxmend {

struct MergedRun {
  RunRecord record;
  HostsRecord hosts;
};

class RunMerger {
 public:
  // Throws Error, and has nothing of `run` then, when the name was there
  // before, when the run is a sum itself (its hosts would count twice), or when
  // the run has another clock, fio or daxmend than those before
  // it, other jobs, other options of a job, or poison in other units. A run
  // that lacks jobs has ended early: they are unfinished. Other kernels,
  // processors and file systems can be added: each host keeps its own.
  void Add(const std::string& host, const Run& run);
  // A host of which nothing came back. Throws Error as above.
  void AddMissing(const std::string& host, const std::string& source,
                  const std::string& why);

  // Throws Error when there is no run. `record` says of the environment what
  // all hosts have in common, and where they differ all that there is, " | "
  // between.
  MergedRun Finish();

 private:
  void RequireNew(const std::string& host) const;
  void RequireSame(const std::string& host, const Run& run) const;

  MergedRun merged_;
  std::string first_;  // host whose run others are compared with
  std::set<std::string> unfinished_;
  std::map<std::string, std::set<std::string>> environment_;  // by key
};

// The host that a run was made on, by its origin.json, or else the name of its
// directory; of one that cannot be read, the latter.
std::string HostOf(const Run& run);
std::string HostOfDirectory(const std::string& directory);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_RUN_MERGER_H_
