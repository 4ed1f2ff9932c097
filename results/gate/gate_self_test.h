// SPDX-License-Identifier: GPL-2.0-only
//
// The gate, gated: a real run is changed in known ways, and the gate must see
// each of them, name its place and size, and see nothing where nothing is.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_SELF_TEST_H_
#define DAXMEND_RESULTS_GATE_GATE_SELF_TEST_H_

#include <string>

#include "records/run_record.h"

namespace daxmend {

struct SelfTestResult {
  std::string table;  // one line a case: what was done, expected, seen
  bool right = true;
};

// `run` is one of the virtual clock in which poison was recovered; throws Error
// for another.
SelfTestResult SelfTestGate(const RunRecord& run);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_SELF_TEST_H_
