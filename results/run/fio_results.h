// SPDX-License-Identifier: GPL-2.0-only
//
// What daxmend takes from fio.json, fio's own account of a run (json+ as fio
// 3.33 writes it): the text of the jobs, how much each did and whether it ended
// well. What fio wrote as a client of other fios (--client=) has its jobs in
// "client_stats", and from fio 3.39 on, where there are several hosts,
// "global options" is an array: one object for each of them, with "hostname"
// and "port" among its options (client.c, handle_job_opt()).
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_RUN_FIO_RESULTS_H_
#define DAXMEND_RESULTS_RUN_FIO_RESULTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "records/json_reader.h"

namespace daxmend {

// Options as the job file gave them, ascending by name; of one that was given
// several times fio's JSON repeats the key, and the last value is here.
using FioOptions = std::vector<std::pair<std::string, std::string>>;

struct FioJob {
  std::string name;
  uint64_t error = 0;  // an errno value; 0 when the job ended well
  uint64_t ios = 0;    // reads, writes and trims
  FioOptions options;  // without those of global_options
};

struct FioResults {
  std::string version;        // "fio-3.33"
  FioOptions global_options;  // of several hosts what they have in common
  std::vector<FioJob> jobs;
};

// What fio calls the sum of all hosts' jobs. It stands in "client_stats" where
// the last of the results it expected then came: behind all of them, or before
// those of a host that started late.
inline constexpr char kAllClients[] = "All clients";
// Is that an entry of this name? Jobs have "job options", which it lacks.
bool IsSumOfHosts(const std::string& name, bool has_options);

// The jobs of fio's JSON, without such sums. Throws Error when there are none.
std::vector<JsonReader> JobsOfFio(JsonReader root);

// Reads fio.json's text. Throws Error naming `source` and the key at fault.
FioResults FioResultsFromJson(std::string_view text, const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_FIO_RESULTS_H_
