// SPDX-License-Identifier: GPL-2.0-only
//
// What fio's client has written of logs that came from servers, NAME.HOST in
// its working directory: put in order, NAME in a directory for each host.
//
// For one thread.

#ifndef DAXMEND_RESULTS_HOSTS_ARRIVED_FILES_H_
#define DAXMEND_RESULTS_HOSTS_ARRIVED_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "results/hosts/fio_hosts.h"

namespace daxmend {

// A directory for fio's client to run in; gone with this, unless something is
// there that has not been moved.
class ArrivedFiles {
 public:
  // In `directory`, ready for what is called `names` from each host.
  ArrivedFiles(const std::string& directory, const std::vector<FioHost>& hosts,
               const std::vector<std::string>& names);
  ~ArrivedFiles();
  ArrivedFiles(const ArrivedFiles&) = delete;
  ArrivedFiles& operator=(const ArrivedFiles&) = delete;

  const std::string& path() const { return path_; }

  // Moves what has come of a host to `TO/HOST/NAME`, and what is of none to TO.
  // `run_log` is the name that becomes run.json. Returns how many files that
  // were. Throws Error where one could not be moved; all others were.
  size_t MoveTo(const std::string& to, const std::string& run_log);

 private:
  const std::vector<FioHost>& hosts_;
  std::string path_;
};

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_ARRIVED_FILES_H_
