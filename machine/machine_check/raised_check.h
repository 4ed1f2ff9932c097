// SPDX-License-Identifier: GPL-2.0-only
//
// A machine check that the guest was given.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_

#include <cstdint>

namespace daxmend {

struct RaisedCheck {
  uint64_t address = 0;      // physical, of the line
  uint64_t instruction = 0;  // virtual, of the load
  bool in_program = false;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_RAISED_CHECK_H_
