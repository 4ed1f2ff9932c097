// SPDX-License-Identifier: GPL-2.0-only
//
// The directory of one run, read: run.json, what fio said of it (fio.json) and
// what had been planted (inject.json). Reports and gates work on this, not on
// files.
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_RUN_DIRECTORY_H_
#define DAXMEND_RESULTS_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "core/run_record.h"
#include "results/fio_results.h"

namespace daxmend {

// One call of `daxmend inject`.
struct Injection {
  std::string injector;  // "ndctl"
  std::string device;    // "pmem0"
  std::string file;      // "/mnt/pmem/f"; empty when sectors were named
  std::vector<FileRange> file_ranges;
  std::vector<SectorRange> sectors;  // of the device
  std::vector<SpaRange> spa;
};

struct Run {
  std::string directory;
  RunRecord record;
  std::optional<FioResults> fio;      // none without fio.json
  std::vector<Injection> injections;  // empty without inject.json
};

// Throws Error when the directory has no run.json, or when any of the three
// files is there and cannot be read or believed.
Run LoadRun(const std::string& directory);

// Reads inject.json's text. Throws Error naming `source` and the key at fault.
std::vector<Injection> InjectionsFromJson(std::string_view text,
                                          const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_DIRECTORY_H_
