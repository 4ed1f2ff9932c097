// SPDX-License-Identifier: GPL-2.0-only
//
// What the plugin (load_plugin.cc) and the host say to each other, in memory
// that they share.
//
// The plugin: where the guest last executed an instruction by itself. QEMU
// executes an instruction that meets a watchpoint a second time, in a block of
// its own, and stops behind it: this is then the place in front of it.
//
// The host, while the guest stands still: where QEMU's debugger is going to
// stop it. Under a virtual clock that must not come as a surprise. A processor
// that the debugger has stopped counts as idle, and when all are, QEMU's main
// loop moves the clock on to the next timer before it looks why
// (main_loop_wait, icount_start_warp_timer; QEMU 7.2 to 11.1). So the plugin,
// just before such a stop, has the main loop pause the machine, which has no
// clock to move then, and holds the processor until it has begun to. At a
// breakpoint that is all. A watchpoint is forgotten only by the debugger's own
// stop: there the machine is to go on at once, and the main loop makes that
// stop before anything else.
//
// The same plugin holds a processor that is about to halt until the main loop
// sleeps: awake, it could move the clock on before the processor's thread has
// counted its last instructions. (Without a debugger recording sees to that,
// machine.cc; it would keep the main loop from pausing anything.)

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_LOAD_EXCHANGE_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_LOAD_EXCHANGE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace daxmend {

enum class Told : uint64_t { kNothing, kBreak, kWatch };

struct LoadPlace {
  uint64_t instruction;  // its address
  uint64_t address;  // of the first load that it made, when `bytes` is not 0
  uint64_t bytes;
  uint64_t size;         // of the instruction
  uint8_t code[16];      // it, and zeros
  bool tells{};          // the main loop, of stops
  Told told{};           // what it was told last
  uint64_t unsettled{};  // how often it did not hear, or would not sleep
};

// What stops the guest.
struct ExpectedStops {
  static constexpr size_t kMostReads = size_t{1} << 15;
  uint64_t store;      // to this address
  uint64_t before[4];  // behind instructions at these; 0: none
  uint64_t reads;      // from so many of `read`, in order
  struct {
    uint64_t begin, end;
  } read[kMostReads];  // none of them meets another

  bool AtRead(uint64_t address, uint64_t bytes) const {
    const auto* all = read + reads;
    const auto* first = std::partition_point(
        read, all, [&](const auto& range) { return range.end <= address; });
    return first != all && first->begin < address + bytes;
  }
};

struct LoadExchange {
  LoadPlace place;
  ExpectedStops expected;
};

// QEMU's debugger takes the first byte for an interruption and the rest for the
// command to go on.
inline constexpr std::string_view kPauseAndGoOn = "\x03$c#63";
inline constexpr std::string_view kPause = kPauseAndGoOn.substr(0, 1);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_LOAD_EXCHANGE_H_
