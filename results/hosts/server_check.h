// SPDX-License-Identifier: GPL-2.0-only
//
// Before a run on hosts: is a fio server there, the same fio as here, and does
// it take the job? fio's own client finds out when some hosts run already.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_HOSTS_SERVER_CHECK_H_
#define DAXMEND_RESULTS_HOSTS_SERVER_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "results/hosts/server_connection.h"

namespace daxmend {

struct ServerAnswer {
  uint64_t results = 0;  // that fio will report of the jobs (group_reporting)
};

// Asks the server, and has it parse the job files of these texts, of which it
// runs nothing. Throws Error: the host cannot be reached, is another fio, or
// does not take a job (it lacks the engine, say).
ServerAnswer CheckServer(const FioHost& host,
                         const std::vector<std::string>& jobs);
// The same by a connection there is.
ServerAnswer CheckServer(const FioHost& host, ServerConnection* connection,
                         const std::vector<std::string>& jobs);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_SERVER_CHECK_H_
