// SPDX-License-Identifier: GPL-2.0-only
//
// Results of a run brought from hosts by a remote shell, where fio's connection
// has not: a host that was lost on the way, or fios that were started by hand.
// A host needs sh and cat, and nothing of daxmend's.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_HOSTS_COLLECTOR_H_
#define DAXMEND_RESULTS_HOSTS_COLLECTOR_H_

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct CollectOptions {
  // Starts a program on a host: its words, then the host, then the program's.
  std::vector<std::string> shell = {"ssh", "-o", "BatchMode=yes", "-o",
                                    "ConnectTimeout=10"};
  std::string from = "results/latest";  // there
  std::chrono::seconds timeout = std::chrono::seconds(60);
};

// What a host has printed, taken apart.
struct Collected {
  bool complete = false;   // it came to its end
  bool has_none = false;   // no such directory
  bool is_closed = false;  // one that this login cannot enter
  std::map<std::string, std::string> files = {};  // by name
  std::vector<std::string> unreadable = {};       // files that are there, too
};

// The files of a run that `from` has on the host; with a run.json. Throws
// Error: the host cannot be reached, has no such directory, or none with a
// run.json, or one that may not be read, or the connection ended too early.
Collected CollectFrom(const std::string& host, const CollectOptions& options);

// Puts them into `directory`. Those of an earlier run there become *.previous,
// also files that this one has not; of the same run these stay. Throws Error.
void StoreCollected(const Collected& collected, const std::string& directory);

// The sh script that prints them; `mark` begins the lines between files.
std::string CollectScript(const std::string& from, const std::string& mark);

// What it printed.
Collected ParseCollected(std::string_view printed, const std::string& mark);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_COLLECTOR_H_
