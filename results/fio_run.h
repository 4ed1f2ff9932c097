// SPDX-License-Identifier: GPL-2.0-only
//
// Runs fio and keeps what it says in both of its languages: the normal output
// for people and json+ for programs.
//
// fio is told to write both into one file (`--output-format=normal,json+`),
// because diagnostics of engines and helpers would otherwise mix with the JSON.
// They can still surround it: SplitFioOutput() takes the JSON out of whatever
// is around it.
//
// RunFio() takes the process's signal mask and children for itself: one at a
// time, and in a process without other threads that wait for children.

#ifndef DAXMEND_RESULTS_FIO_RUN_H_
#define DAXMEND_RESULTS_FIO_RUN_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct FioOutput {
  std::string json;    // empty when there is no whole JSON document of fio's
  std::string normal;  // all the rest, in its order
};

// The JSON of `text` is the first block that starts with a line beginning in
// `{`, is a valid document, and has fio's keys ("fio version", "jobs").
FioOutput SplitFioOutput(std::string_view text);

// Throws Error when `arguments` say themselves where and how fio's output is to
// be written, or when there are none.
void CheckFioArguments(const std::vector<std::string>& arguments);

// Runs fio (found in PATH) with `arguments`, prints its normal output to stdout
// and keeps the JSON as fio.json in `directory`, which is made when needed. A
// fio.json of an earlier run never stays beside a run that has none: when fio's
// JSON is missing or cut off, its whole output is kept as fio.txt instead.
// What fio says on its own standard output (the engine's summary) is printed
// after that, unless ours is a terminal, which it then shares.
// SIGINT, SIGTERM and SIGHUP are passed on to fio, whose end is waited for.
//
// Returns fio's exit status, 128 + n when signal n ended it. Throws Error when
// fio cannot be started, and when it succeeded without giving whole JSON.
int RunFio(const std::string& directory,
           const std::vector<std::string>& arguments);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_FIO_RUN_H_
