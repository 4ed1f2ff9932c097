// SPDX-License-Identifier: GPL-2.0-only
//
// Follows the emulated processor through the I/Os of the engine: which code ran
// between the two readings of the clock that an I/O is measured with, called
// from where, and to which paths of the I/O (records/run_record.h) that
// belongs.
//
// Instructions are counted by the emulator; the tracker is told the count at
// the beginning of each block of code and where the clock is read, and gives
// the difference to the block that ran. So a block that is left in its middle
// counts for as much as was executed, and the parts of an I/O add up to the
// difference of its two clock readings.
//
// Calls are followed by CALL and RET; traps by where the kernel is entered
// (ProfileCode) and IRET or SYSRET; threads by the stack that __switch_to_asm
// leaves and enters. A retpoline's RET pops the return address that it has
// overwritten, as the processor's does, and so is followed, too. What other
// threads do while an I/O waits is part of its time, and kept apart, as
// interrupts are. Of the work it is known how much is upkeep: in the kernel's
// allocators and scheduler, and what they call.
//
// Not thread-safe: one emulated processor.

#ifndef DAXMEND_MACHINE_PROFILE_TRACKER_H_
#define DAXMEND_MACHINE_PROFILE_TRACKER_H_

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/profile_mark.h"
#include "core/profile_protocol.h"
#include "machine/profile/code_block.h"
#include "machine/profile/touches.h"

namespace daxmend {

// The paths, in the order of records/run_record.h.
enum class TrackedPath : uint8_t {
  kFast,
  kDetect,
  kSalvage,
  kRepair,
  kWindow,
  kRecovery
};
inline constexpr size_t kTrackedPaths = 6;

class Tracker {
 public:
  Tracker();
  // What I/Os touch is kept, too.
  void MeasureFootprint(CacheSizes sizes) { caches_.emplace(sizes); }

  // The kernel's code of that kind: [begin, end).
  void AddUpkeep(uint64_t begin, uint64_t end) { upkeep_[begin] = end; }
  bool IsUpkeep(uint64_t address) const;

  // `count` instructions were executed before the first one of `block`, which
  // is executed now. `block` must stay.
  void Block(const CodeBlock* block, uint64_t count);
  // The clock is read by an instruction of the block that is executed.
  void Tick(uint64_t count);
  // A marked instruction is executed.
  void Mark(ProfileMark mark);
  // The running thread does I/O of that job from now on.
  void Job(uint32_t number);
  // __switch_to_asm stores to (loads from) `address`.
  void Switching(bool store, uint64_t address);
  // The kernel interprets AML of that method (numbers from 1; 0: of none that
  // is known), until it is told of another one or evaluates anew.
  void Method(uint16_t number) { method_ = number; }
  // Memory is accessed by an instruction of the block that is executed.
  void Access(uint64_t address, uint64_t bytes, bool store);
  // Which thread runs, as far as is known: the same number, the same thread.
  uint64_t thread() const { return running_; }

  // What was found, for RawProfile (raw_profile.h); `methods`: the names of
  // those it was told of, from number 1 on.
  void Write(std::FILE* to, const std::vector<std::string>& methods = {}) const;

 private:
  // A place in the tree of calls: the return address of the call behind the
  // parent's. 0 is where the I/O began, kOthers what other threads do
  // meanwhile.
  static constexpr uint32_t kOthers = 1;
  struct Node {
    uint32_t parent = 0;
    bool enters_interrupt = false;
    bool in_interrupt = false;
    bool in_upkeep = false;
    uint64_t site = 0;
  };
  struct Frame {
    uint32_t node;
    uint64_t back;  // return address; 0: of a trap, which anywhere may be
  };
  struct Entry {
    uint32_t node;
    uint32_t block;
    uint64_t instructions;
    uint16_t method;
  };
  struct Place {
    uint32_t node;
    uint32_t block;
    uint16_t method;
    bool operator==(const Place&) const = default;
  };
  struct PlaceHash {
    size_t operator()(const Place& place) const {
      return (uint64_t{place.node} << 32 | place.block) * 0x9e3779b97f4a7c15u ^
             place.method;
    }
  };
  // Entries [begin, end) of a log.
  struct Part {
    size_t begin;
    size_t end;
  };
  // A part that may be in several pieces.
  struct Pieces {
    std::vector<Part> done;
    bool open = false;
    size_t begun = 0;
  };
  struct Thread;
  // An entry in the log of an I/O.
  struct Logged {
    Thread* thread;
    uint64_t io;
    size_t entry;
  };
  // What a trap came in.
  struct Trap {
    const CodeBlock* block = nullptr;
    uint64_t executed = 0;       // of its instructions
    std::vector<Logged> logged;  // where they are counted
    bool left = false;           // its last instruction has had its effect
    bool settled = false;        // what faulted is counted no more
  };
  struct Thread {
    uint32_t job = 0;
    bool in_io = false;
    uint64_t io = 0;  // how many it has begun
    ProfileMark pending = ProfileMark::kNone;
    std::vector<Frame> frames;
    std::vector<Trap> traps;
    std::vector<Entry> log;
    TouchLog touches;  // of each entry, where the footprint is measured
    Pieces detect, salvage, repair, window, attempt;
    size_t end = 0;  // of the I/O, in the log
  };
  struct Sample {
    uint64_t work = 0, interrupts = 0, others = 0;
    uint64_t upkeep = 0;             // of the work
    FootprintSample footprint = {};  // of the work
  };
  struct Sum {
    std::vector<Sample> samples;
    std::unordered_map<Place, uint64_t, PlaceHash> counts;
  };

  // Gives what was executed since the last time to the block that runs.
  void Count(uint64_t count);
  // From block_, of which `executed` instructions were, to `block`.
  void Follow(const CodeBlock* block, uint64_t executed);
  // What the last instruction of `left` did; `to`: where it led, 0 when that is
  // not known.
  void Leave(const CodeBlock* left, uint64_t to);
  void Return(uint64_t to);
  // A frame of the running thread.
  void Enter(uint64_t site, uint64_t back, bool interrupt);
  static void TakeBack(Entry* entry);
  void EnterTrap(const CodeBlock* block, uint64_t executed, bool left);
  void ReturnFromTrap(uint64_t to);
  uint32_t Child(uint32_t parent, uint64_t site, bool interrupt);
  void BeginIo();
  void EndIo(Thread* thread);
  void Begin(Pieces* pieces);
  void End(Pieces* pieces);
  void Record(TrackedPath path, const std::vector<Part>& parts);
  void Switched();

  std::map<uint64_t, Thread> threads_;  // by their stacks
  Thread unknown_;                      // of which the stack is not known yet
  Thread* current_ = &unknown_;
  uint64_t running_ = 0;
  std::vector<Thread*> in_io_;        // all threads with an I/O
  const CodeBlock* block_ = nullptr;  // that is executed
  uint64_t begun_ = 0;                // its count
  uint64_t counted_ = 0;              // up to here it is in the logs
  uint16_t method_ = 0;
  std::map<uint64_t, uint64_t> upkeep_;  // ends by beginnings
  std::optional<CacheModel> caches_;
  std::vector<Touch> touched_;  // since counted_
  // Of __switch_to_asm.
  bool switching_ = false;
  uint64_t from_ = 0, to_ = 0;

  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> children_;
  std::map<uint32_t, std::array<Sum, kTrackedPaths>> sums_;  // by job
  std::unordered_map<uint32_t, const CodeBlock*> blocks_;    // that count
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_TRACKER_H_
