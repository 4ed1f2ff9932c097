// SPDX-License-Identifier: GPL-2.0-only
//
// What fio wrote, taken apart: its normal output for people and json+ for
// programs. It is told to write both into one file, and diagnostics of engines
// and of programs that it starts can surround the JSON.
//
// Pure functions; thread-safe.

#ifndef DAXMEND_RESULTS_RUN_FIO_OUTPUT_H_
#define DAXMEND_RESULTS_RUN_FIO_OUTPUT_H_

#include <string>
#include <string_view>

namespace daxmend {

struct FioOutput {
  std::string json;    // empty when there is no whole JSON document of fio's
  std::string normal;  // all the rest, in its order
  // What was not valid in the JSON as fio wrote it, or empty. fio 3.33 escapes
  // only quotes and backslashes (json.c, strdup_escape): control characters
  // and bytes that are not UTF-8, of a job's name or options, stand in it as
  // they are. In `json` the former are \u00XX, of the latter the text \xHH (as
  // AsUtf8() has it).
  std::string flaw;
};

// The JSON of `text` is the first block that starts with a line beginning in
// `{`, is a valid document once its strings are, and has fio's keys: "fio
// version" and "jobs", or "client_stats" of a fio that was started with
// --client=.
FioOutput SplitFioOutput(std::string_view text);

// Did fio begin to write JSON? (Of which SplitFioOutput() found no whole.)
bool HasPartOfFioJson(std::string_view text);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_FIO_OUTPUT_H_
