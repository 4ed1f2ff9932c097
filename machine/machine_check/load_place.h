// SPDX-License-Identifier: GPL-2.0-only
//
// Where the guest last executed an instruction by itself: the plugin
// (load_plugin.cc) keeps it in memory that the host shares. QEMU executes an
// instruction that meets a watchpoint a second time, in a block of its own, and
// stops behind it: this is then the place in front of it.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_LOAD_PLACE_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_LOAD_PLACE_H_

#include <cstdint>

namespace daxmend {

struct LoadPlace {
  uint64_t instruction;  // its address
  uint64_t address;  // of the first load that it made, when `bytes` is not 0
  uint64_t bytes;
  uint64_t size;     // of the instruction
  uint8_t code[16];  // it, and zeros
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_LOAD_PLACE_H_
