// SPDX-License-Identifier: GPL-2.0-only
//
// A machine check that the guest was given.
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

// machine-checks.json; the NVDIMM begins at `base`.
std::string ToJson(const std::vector<RaisedCheck>& checks, uint64_t base);

// "3 machine checks, 1 of them in the kernel"
std::string Summary(const std::vector<RaisedCheck>& checks);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_
