// SPDX-License-Identifier: GPL-2.0-only
//
// A program that turns one text into another, run to its end.
//
// Thread-safe, as long as nobody else waits for any child of this process.

#ifndef DAXMEND_RESULTS_CHILD_PROCESS_H_
#define DAXMEND_RESULTS_CHILD_PROCESS_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct ChildResult {
  bool found = true;       // false: no such program in PATH
  bool timed_out = false;  // it was killed
  int status = 0;          // as waitpid() gives it
  std::string out;
  std::string err;
};

// Runs `words` (found in PATH) with `input` as its standard input, and kills it
// after `timeout`. Throws Error when no process can be made.
ChildResult RunChild(const std::vector<std::string>& words,
                     std::string_view input, std::chrono::milliseconds timeout);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_CHILD_PROCESS_H_
