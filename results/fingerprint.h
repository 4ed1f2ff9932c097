// SPDX-License-Identifier: GPL-2.0-only
//
// Can two runs be compared? Only when everything but daxmend itself was the
// same: the same boot gives the same instructions on one QEMU, kernel and file
// system, and others on another.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_FINGERPRINT_H_
#define DAXMEND_RESULTS_FINGERPRINT_H_

#include <string>
#include <vector>

#include "records/run_record.h"

namespace daxmend {

struct FingerprintDifference {
  std::string part;  // "kernel", "QEMU", "job text" ...
  std::string what;  // "6.1.0-50-amd64 in the baseline, 6.1.0-56-amd64 now"
  std::string way_out;
};

// What differs: kernel, machine, clock, file system, CPU model, QEMU, fio, and
// the text of the jobs; and the jobs that one of the records does not hold
// whole (RunRecord::unfinished), whose numbers say nothing. Of a job's options,
// path_log= and ioengine= do not count: they say where daxmend is, not what is
// measured. Empty when the runs can be compared.
std::vector<FingerprintDifference> CompareFingerprints(const RunRecord& base,
                                                       const RunRecord& next);

// One line that names every part.
std::string RefusalText(const std::vector<FingerprintDifference>& differences);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_FINGERPRINT_H_
