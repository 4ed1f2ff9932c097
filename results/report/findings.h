// SPDX-License-Identifier: GPL-2.0-only
//
// What a run says, in sentences: the price of a recovery, the price of being
// able to recover, and whether everything was repaired.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_FINDINGS_H_
#define DAXMEND_RESULTS_REPORT_FINDINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "results/number_text.h"
#include "results/run/run_directory.h"

namespace daxmend {

struct Findings {
  // "Recovering one poisoned page costs 113 times a fast read."
  std::string headline;
  // The numbers behind it, a direction each; may be empty.
  std::vector<std::string> remarks;
  // I/O met poison, and all of it ended well: nothing failed, nothing was
  // lost, no poison remains, fio reports no error.
  bool clean = false;
  // One line that says so, or everything that speaks against it.
  std::string verdict;
  // Pages that jobs poisoned in mappings of their own (userfault_poison=): not
  // media, so PoisonRecord does not count them.
  uint64_t mapping_pages = 0;
  // Sums over all jobs.
  Counters totals;
};

// Findings::mapping_pages: userfault_poison= of each job, for each of its
// workers.
uint64_t PoisonedMappingPages(const RunRecord& record);

Findings FindingsOf(const Run& run, const LatencyFormat& format);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_FINDINGS_H_
