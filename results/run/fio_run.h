// SPDX-License-Identifier: GPL-2.0-only
//
// Runs fio and keeps what it says in both of its languages: the normal output
// for people and json+ for programs. What fio gave is never thrown away.
//
// RunFio() takes the process's signal mask and children for itself: one at a
// time, and in a process without other threads that wait for children.

#ifndef DAXMEND_RESULTS_RUN_FIO_RUN_H_
#define DAXMEND_RESULTS_RUN_FIO_RUN_H_

#include <csignal>
#include <string>
#include <vector>

#include "records/origin.h"

namespace daxmend {

// Throws Error when `arguments` say themselves where and how fio's output is to
// be written, or when there are none. `subcommand` is who asks ("run").
void CheckFioArguments(const std::vector<std::string>& arguments,
                       const std::string& subcommand);

// Throws Error when one of `arguments` makes fio a client of other fios:
// whoever says that behind fio's own arguments would have nothing added up.
void RequireNoClient(const std::vector<std::string>& arguments);

// Throws Error when PATH has no fio.
void RequireFio();

// Makes a directory for results, where there is none. Throws Error.
void MakeDirectory(const std::string& directory);

// How fio runs that is no usual one.
struct FioPlace {
  std::string directory = {};  // its working directory; "" for ours
  int hangup = SIGHUP;         // what it gets when we get SIGHUP
};

// Runs fio (found in PATH) with `arguments`, prints its normal output to stdout
// and keeps the JSON as fio.json in `directory`, which is made when needed.
// When the JSON is cut off or mixed with other text, all that fio wrote is kept
// as fio.txt instead; when it had to be made valid (FioOutput::flaw), fio.txt
// is kept beside it, and stderr says so. Results of an earlier run never stay
// beside a run that has none of its own: a fio.json, run.json or report.html
// that was there before becomes *.previous (earlier_results.h). `origin` is
// kept as origin.json beside the results. What fio says on its own standard
// output (the engine's summary) is printed after that, unless ours is a
// terminal, which it then shares. SIGINT, SIGTERM and SIGHUP are passed on to
// fio, whose end is waited for; it gets SIGTERM when this process dies.
//
// Returns fio's exit status, 128 + n when signal n ended it. Where fio ran no
// job (--version, a job file that is not there) nothing is kept. Throws Error
// when fio cannot be started, and when it succeeded and its JSON could not be
// kept whole.
int RunFio(const std::string& directory,
           const std::vector<std::string>& arguments, const Origin& origin = {},
           const FioPlace& place = {});

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_FIO_RUN_H_
