// SPDX-License-Identifier: GPL-2.0-only
//
// A job file as fio's client sends it to servers, and what it says.
//
// Thread-safe, as long as nobody changes the environment.

#ifndef DAXMEND_RESULTS_HOSTS_SENT_JOB_H_
#define DAXMEND_RESULTS_HOSTS_SENT_JOB_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

// The text of a job file as fio's client sends it: ${NAME} replaced by what the
// environment has of it.
std::string JobAsSent(std::string_view text);

// What path_log= is set to in it, each once, ascending.
std::vector<std::string> PathLogsIn(const std::string& job);

// The names of its jobs, each once, ascending, as run.json has them.
std::vector<std::string> SectionsIn(const std::string& job);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_SENT_JOB_H_
