// SPDX-License-Identifier: GPL-2.0-only
//
// What a guest under `daxmend vm --profile` tells the profiler in the emulator,
// which sees instructions and addresses, and nothing else: bytes, each as a
// load from that place of a table of 256, by an instruction that follows
// kSignal. No device is there for that, no exit from the emulated processor,
// and outside of a profile nobody sends.
//
// A message is its kind, its length in bytes, and so many bytes (least
// significant first). The first byte of all is 0, from which the place of the
// table follows.
//
// Values; thread-safe.

#ifndef DAXMEND_CORE_PROFILE_PROTOCOL_H_
#define DAXMEND_CORE_PROFILE_PROTOCOL_H_

#include <cstdint>

namespace daxmend {

enum class ProfileMessage : uint8_t {
  kSync = 0,  // 0 bytes: what follows is a new sender's
  kCode =
      1,  // u8 ProfileCode, u64 begin, u64 end: half-open, virtual addresses
  kMark = 2,  // u8 ProfileMark, u64 address of the marked instruction
  kClock =
      3,  // u64 begin, u64 end: in here reading the cycle counter is a tick
  kStart = 4,  // 0 bytes: everything above was sent
  kJob = 5,    // u32 the number of the job whose I/O this thread does
  kTable = 6,  // u64 physical address, u32 length: an SSDT of the firmware
};

// Code of the kernel that the processor or a switch of threads enters. All
// other is found by calls and returns.
enum class ProfileCode : uint8_t {
  kNone,
  kInterrupt,      // at its beginning: an interrupt
  kInterruptStub,  // anywhere in it: an interrupt that goes on in kInterrupt
  kException,   // at its beginning: a fault, after which the instruction that
                // caused it is executed again, or a trap
  kSwitch,      // __switch_to_asm
  kOpcode,      // anywhere in it: the interpreter of AML loads a byte of code
  kEvaluation,  // at its beginning: it is called for a method
  kUpkeep,  // anywhere in it: what depends on what the machine did before or
            // on the time, and not on the I/O
};

// "nopl 0x6d786164(%rax)": nothing but this precedes the load of a byte.
inline constexpr uint8_t kProfileSignal[] = {0x0f, 0x1f, 0x80, 0x64,
                                             0x61, 0x78, 0x6d};

}  // namespace daxmend

#endif  // DAXMEND_CORE_PROFILE_PROTOCOL_H_
