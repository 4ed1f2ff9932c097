// SPDX-License-Identifier: GPL-2.0-only
//
// The machine checks that a guest was given.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

namespace daxmend {

struct RaisedCheck {
  uint64_t address = 0;      // physical, of the line
  uint64_t instruction = 0;  // virtual, of the load
  bool in_program = false;
};

struct RaisedChecks {
  std::vector<RaisedCheck> checks;
  // How often a virtual clock may have moved on to its next timer, where QEMU
  // was not told of a stop (load_exchange.h).
  uint64_t clock_moved = 0;
};

// machine-checks.json; the NVDIMM begins at `base`.
std::string ToJson(const RaisedChecks& raised, uint64_t base);

// "3 machine checks, 1 of them in the kernel", and how often the clock moved
// on.
std::string Summary(const RaisedChecks& raised);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_
