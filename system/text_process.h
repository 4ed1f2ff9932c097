// SPDX-License-Identifier: GPL-2.0-only
//
// A program that turns one text into others, run to its end.
//
// Thread-safe, as long as nobody else waits for any child of this process and
// the calling thread outlives the program (see process.h).

#ifndef DAXMEND_SYSTEM_TEXT_PROCESS_H_
#define DAXMEND_SYSTEM_TEXT_PROCESS_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct TextResult {
  bool timed_out = false;  // it was killed
  int status = 0;          // as Wait() gives it: 127 when it cannot be executed
  std::string out;
  std::string err;
};

// Runs `words` (found in PATH) with `input` as its standard input, and kills it
// after `timeout`. Throws Error when no process can be made.
TextResult RunOnText(const std::vector<std::string>& words,
                     std::string_view input, std::chrono::milliseconds timeout);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_TEXT_PROCESS_H_
