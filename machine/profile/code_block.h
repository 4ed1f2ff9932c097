// SPDX-License-Identifier: GPL-2.0-only
//
// A block of guest code as the emulator translates it: straight on to its last
// instruction, which says how it is left.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_PROFILE_CODE_BLOCK_H_
#define DAXMEND_MACHINE_PROFILE_CODE_BLOCK_H_

#include <cstdint>
#include <span>

#include "core/profile_protocol.h"

namespace daxmend {

// What the last instruction of a block does (Intel SDM vol. 2).
enum class BlockEnd : uint8_t {
  kOther,       // goes on behind itself
  kJump,        // JMP, Jcc
  kCall,        // CALL
  kReturn,      // RET
  kSystemCall,  // SYSCALL, SYSENTER
  kTrapReturn,  // IRET, SYSRET, SYSEXIT
};

// `code`: one instruction of 64-bit mode, whole.
BlockEnd EndOf(std::span<const uint8_t> code);

// Reads the cycle counter (RDTSC).
bool IsClockReading(std::span<const uint8_t> code);

struct CodeBlock {
  uint32_t id = 0;
  uint32_t instructions = 0;
  uint64_t begin = 0;
  uint64_t last = 0;  // address of its last instruction
  uint64_t end = 0;   // of what follows that
  BlockEnd leaves = BlockEnd::kOther;
  // What the kernel is entered by here.
  ProfileCode code = ProfileCode::kNone;
  bool upkeep = false;  // ProfileCode::kUpkeep

  bool kernel() const { return begin >> 63 != 0; }
  bool Contains(uint64_t address) const {
    return begin <= address && address < end;
  }
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_CODE_BLOCK_H_
