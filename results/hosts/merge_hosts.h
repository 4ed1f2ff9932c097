// SPDX-License-Identifier: GPL-2.0-only
//
// The runs of several hosts, read from their directories, added up and written
// as one: run.json and hosts.json.
//
// Thread-safe, but for two that write to one directory.

#ifndef DAXMEND_RESULTS_HOSTS_MERGE_HOSTS_H_
#define DAXMEND_RESULTS_HOSTS_MERGE_HOSTS_H_

#include <string>
#include <vector>

#include "records/hosts_record.h"

namespace daxmend {

struct HostRun {
  std::string host;       // "" for what its origin.json says
  std::string directory;  // or its run.json
  // Why nothing came of it; "" where something should be there.
  std::string missing = {};
  // It is known to have ended early; `sections` are those of its job files
  // (CutShortJobs()).
  bool cut_short = false;
  std::vector<std::string> sections = {};
};

// Writes OUT/run.json and OUT/hosts.json; what another run left of either, and
// beside them, becomes *.previous, but for `keep`. With `keep_going` a run that
// cannot be read is marked as missing, and stderr says so as "DOING: without
// HOST: ..."; every two seconds it says how far it is. Throws Error where the
// runs cannot be added up (RunMerger), or nothing can be written.
HostsRecord MergeHosts(const std::vector<HostRun>& runs, const std::string& out,
                       bool keep_going, const std::string& doing,
                       const std::vector<std::string>& keep = {});

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_MERGE_HOSTS_H_
