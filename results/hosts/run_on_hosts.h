// SPDX-License-Identifier: GPL-2.0-only
//
// One job on several hosts at once: fio's client starts it on their servers,
// and what each of them sends back is put into a directory of its own and added
// up.
//
// As RunFio(), which it uses.

#ifndef DAXMEND_RESULTS_HOSTS_RUN_ON_HOSTS_H_
#define DAXMEND_RESULTS_HOSTS_RUN_ON_HOSTS_H_

#include <string>
#include <vector>

#include "records/origin.h"

namespace daxmend {

// `clients` are the words of --client=, `jobs` job files.
//
//   DIR/fio.json              of all hosts, as fio's client writes it
//   DIR/hosts/HOST/run.json   what the engine sent from there, and inject.json
//   DIR/hosts/HOST/fio.json   what fio.json has of this host
//   DIR/run.json, hosts.json  the sum (merge_hosts.h)
//
// Before anything runs all servers are asked (server_check.h). A host whose
// connection ends early keeps what it has sent, and is marked. A Ctrl-C, a
// SIGTERM or a SIGHUP ends the jobs on the servers, which send what they have.
//
// Returns fio's exit status, or 1 where that is 0 and a host has sent nothing,
// nothing that can be read, or not all of its jobs.
// Throws Error where nothing was started, or nothing came back.
int RunOnHosts(const std::string& directory,
               const std::vector<std::string>& clients,
               const std::vector<std::string>& jobs, const Origin& origin);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_RUN_ON_HOSTS_H_
