// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/tracker.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace daxmend {
namespace {

constexpr uint32_t kRoot = 0;
// Kernel stacks are so large, and lie at multiples of it (THREAD_SIZE with
// CONFIG_VMAP_STACK, x86-64).
constexpr int kStackBits = 14;
// How far up a return is looked for that is not the last call's.
constexpr size_t kLookedThrough = 64;

}  // namespace

Tracker::Tracker() : nodes_(2) {}

bool Tracker::IsUpkeep(uint64_t address) const {
  const auto behind = upkeep_.upper_bound(address);
  return behind != upkeep_.begin() && address < std::prev(behind)->second;
}

void Tracker::Count(uint64_t count) {
  const uint64_t executed = count - counted_;
  counted_ = count;
  if (executed == 0 || block_ == nullptr) return;
  for (Thread* thread : in_io_) {
    thread->log.push_back(
        {thread == current_ ? thread->frames.back().node : kOthers, block_->id,
         executed, thread == current_ ? method_ : uint16_t{0}});
    if (!caches_) continue;
    if (thread == current_) {
      // Of a block that is counted in two pieces, each has its code.
      AddCode(*block_, nullptr, &touched_);
      thread->touches.Add(touched_);
    } else {
      thread->touches.Add({});
    }
  }
  touched_.clear();
}

void Tracker::Access(uint64_t address, uint64_t bytes, bool store) {
  if (!caches_) return;
  AddData(address, bytes, store, &*caches_,
          current_->in_io ? &touched_ : nullptr);
}

void Tracker::Block(const CodeBlock* block, uint64_t count) {
  if (!in_io_.empty()) {
    Count(count);
    blocks_.emplace(block->id, block);
  }
  touched_.clear();
  if (block->code == ProfileCode::kEvaluation) method_ = 0;
  if (switching_ && block->code != ProfileCode::kSwitch) Switched();
  if (!in_io_.empty() && block_ != nullptr) Follow(block, count - begun_);
  block_ = block;
  begun_ = counted_ = count;
  if (caches_)
    AddCode(*block, &*caches_, current_->in_io ? &touched_ : nullptr);
}

void Tracker::Follow(const CodeBlock* block, uint64_t executed) {
  const bool whole = executed >= block_->instructions;
  switch (block->code) {
    case ProfileCode::kInterrupt:
    case ProfileCode::kInterruptStub:
      if (block_->code == ProfileCode::kInterruptStub) return;
      // An interrupt comes between two blocks.
      if (whole) Leave(block_, 0);
      EnterTrap(block, executed, true);
      return;
    case ProfileCode::kException:
      EnterTrap(block, executed, false);
      return;
    case ProfileCode::kNone:
    case ProfileCode::kSwitch:
    case ProfileCode::kOpcode:
    case ProfileCode::kEvaluation:
    case ProfileCode::kUpkeep:
      if (!whole) return;
      if (caches_ && current_->in_io && block_->code != ProfileCode::kSwitch &&
          block_->leaves != BlockEnd::kOther && block->begin != block_->end)
        current_->touches.TookBranch();
      Leave(block_, block->begin);
      return;
  }
}

void Tracker::Leave(const CodeBlock* left, uint64_t to) {
  // Its calls only fill the return stack buffer, and never return.
  if (left->code == ProfileCode::kSwitch) return;
  switch (left->leaves) {
    case BlockEnd::kCall:
      Enter(left->end, left->end, false);
      return;
    case BlockEnd::kReturn:
      if (current_->in_io) Return(to);
      return;
    case BlockEnd::kSystemCall:
      Enter(left->end, 0, false);
      current_->traps.push_back(Trap{});
      current_->traps.back().left = true;
      return;
    case BlockEnd::kTrapReturn:
      ReturnFromTrap(to);
      return;
    case BlockEnd::kOther:
    case BlockEnd::kJump:
      return;
  }
}

void Tracker::Enter(uint64_t site, uint64_t back, bool interrupt) {
  // Of threads without an I/O only traps are followed.
  if (!current_->in_io) return;
  std::vector<Frame>& frames = current_->frames;
  frames.push_back({Child(frames.back().node, site, interrupt), back});
}

void Tracker::EnterTrap(const CodeBlock* block, uint64_t executed, bool left) {
  Trap trap;
  trap.block = block_;
  trap.executed = executed;
  trap.left = left;
  if (!left) {
    // An instruction that faults is counted, and is executed again, or never
    // was. Only at the end of a program's block it is not sure: that may be
    // done, and what was to come behind it not be there. An instruction that
    // crosses a page is a block of its own, and QEMU before 8.1 tells of it as
    // the last of the block in front, too (i386_tr_translate_insn of
    // target/i386/tcg/translate.c takes it back behind the plugin).
    if (block_->kernel() || executed + 1 < block_->instructions) {
      for (Thread* thread : in_io_)
        if (!thread->log.empty()) TakeBack(&thread->log.back());
      trap.settled = true;
    } else {
      for (Thread* thread : in_io_)
        if (!thread->log.empty())
          trap.logged.push_back({thread, thread->io, thread->log.size() - 1});
    }
  }
  current_->traps.push_back(std::move(trap));
  Enter(block_->last + 1, 0, block->code != ProfileCode::kException);
}

void Tracker::TakeBack(Entry* entry) {
  if (entry->instructions > 0) --entry->instructions;
}

void Tracker::Return(uint64_t to) {
  std::vector<Frame>& frames = current_->frames;
  const auto is_call = [&](size_t depth) {
    return depth < frames.size() - 1 &&
           frames[frames.size() - 1 - depth].back != 0;
  };
  if (!is_call(0)) return;
  if (frames.back().back == to || to == 0) {
    frames.pop_back();
    return;
  }
  // A stack that was cut short (RSB filling, a longjmp): everything above.
  for (size_t depth = 1; depth < kLookedThrough && is_call(depth); ++depth)
    if (frames[frames.size() - 1 - depth].back == to) {
      frames.resize(frames.size() - 1 - depth);
      return;
    }
  // A jump by RET (retpoline).
  frames.pop_back();
}

void Tracker::ReturnFromTrap(uint64_t to) {
  Thread& thread = *current_;
  if (thread.traps.empty()) return;
  while (thread.frames.size() > 1 && thread.frames.back().back != 0)
    thread.frames.pop_back();
  if (thread.frames.size() > 1) thread.frames.pop_back();
  const Trap trap = std::move(thread.traps.back());
  thread.traps.pop_back();
  if (trap.left || trap.settled || trap.block == nullptr || to == 0) return;
  const CodeBlock& block = *trap.block;
  const bool whole = trap.executed >= block.instructions;
  if (!whole && to == block.last) return;
  const bool fetch = whole && !block.Contains(to) &&
                     (block.leaves != BlockEnd::kOther || to == block.end);
  if (fetch) {
    Leave(&block, to);
    return;
  }
  for (const Logged& logged : trap.logged) {
    Thread& counted = *logged.thread;
    if (counted.in_io && counted.io == logged.io)
      TakeBack(&counted.log[logged.entry]);
  }
}

uint32_t Tracker::Child(uint32_t parent, uint64_t site, bool interrupt) {
  // Many parents have the same site below them: a list each.
  std::vector<uint32_t>& children =
      children_[site * 0x9e3779b97f4a7c15u ^ parent];
  for (uint32_t child : children)
    if (nodes_[child].parent == parent && nodes_[child].site == site &&
        nodes_[child].enters_interrupt == interrupt)
      return child;
  const auto child = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back({.parent = parent,
                    .enters_interrupt = interrupt,
                    .in_interrupt = interrupt || nodes_[parent].in_interrupt,
                    .in_upkeep = nodes_[parent].in_upkeep || IsUpkeep(site - 1),
                    .site = site});
  children.push_back(child);
  return child;
}

void Tracker::Tick(uint64_t count) {
  const ProfileMark mark = std::exchange(current_->pending, ProfileMark::kNone);
  if (mark == ProfileMark::kIoBegins) {
    Count(count);
    counted_ = count;
    BeginIo();
    return;
  }
  if (!current_->in_io) return;
  Count(count);
  switch (mark) {
    case ProfileMark::kIoEnds:
      current_->end = current_->log.size();
      break;
    case ProfileMark::kDetectEnds:
      current_->detect.done = {{0, current_->log.size()}};
      break;
    case ProfileMark::kSalvageBegins:
      Begin(&current_->salvage);
      break;
    case ProfileMark::kSalvageEnds:
      End(&current_->salvage);
      break;
    case ProfileMark::kSaved:
      End(&current_->salvage);
      Begin(&current_->repair);
      break;
    case ProfileMark::kRepairBegins:
      Begin(&current_->repair);
      break;
    case ProfileMark::kRepairEnds:
      End(&current_->repair);
      break;
    case ProfileMark::kWindowBegins:
      Begin(&current_->window);
      break;
    case ProfileMark::kWindowEnds:
      current_->window.done.clear();
      End(&current_->window);
      break;
    case ProfileMark::kAttemptBegins:
      Begin(&current_->attempt);
      break;
    case ProfileMark::kAttemptEnds:
      current_->attempt.done.clear();
      End(&current_->attempt);
      break;
    default:
      break;
  }
}

void Tracker::Mark(ProfileMark mark) {
  Thread& thread = *current_;
  const auto add = [](const Pieces& from, Pieces* to) {
    to->done.insert(to->done.end(), from.done.begin(), from.done.end());
  };
  switch (mark) {
    case ProfileMark::kAttemptRepaired:
      add(thread.attempt, &thread.repair);
      break;
    case ProfileMark::kAttemptDetected:
      add(thread.attempt, &thread.detect);
      break;
    case ProfileMark::kRecordFast:
      Record(TrackedPath::kFast, {{0, thread.end}});
      EndIo(&thread);
      break;
    case ProfileMark::kRecordDetect:
      Record(TrackedPath::kDetect, thread.detect.done);
      break;
    case ProfileMark::kRecordSalvage:
      Record(TrackedPath::kSalvage, thread.salvage.done);
      break;
    case ProfileMark::kRecordRepair:
      Record(TrackedPath::kRepair, thread.repair.done);
      break;
    case ProfileMark::kRecordWindow:
      Record(TrackedPath::kWindow, thread.window.done);
      break;
    case ProfileMark::kRecordRecovery:
      Record(TrackedPath::kRecovery, {{0, thread.end}});
      EndIo(&thread);
      break;
    case ProfileMark::kFailed:
      EndIo(&thread);
      break;
    default:
      thread.pending = mark;
      break;
  }
}

void Tracker::Job(uint32_t number) { current_->job = number; }

void Tracker::BeginIo() {
  EndIo(current_);
  current_->in_io = true;
  ++current_->io;
  current_->frames = {{kRoot, 0}};
  in_io_.push_back(current_);
  if (block_ != nullptr) blocks_.emplace(block_->id, block_);
}

void Tracker::EndIo(Thread* thread) {
  thread->in_io = false;
  std::erase(in_io_, thread);
  // Without an I/O nothing is followed, and what was is out of date.
  if (in_io_.empty()) {
    for (auto& [stack, other] : threads_) other.traps.clear();
    unknown_.traps.clear();
  }
  thread->log.clear();
  thread->touches.Clear();
  thread->traps.clear();
  thread->end = 0;
  for (Pieces* pieces : {&thread->detect, &thread->salvage, &thread->repair,
                         &thread->window, &thread->attempt})
    *pieces = {};
}

void Tracker::Begin(Pieces* pieces) {
  pieces->open = true;
  pieces->begun = current_->log.size();
}

void Tracker::End(Pieces* pieces) {
  if (!pieces->open) return;
  pieces->open = false;
  pieces->done.push_back({pieces->begun, current_->log.size()});
}

void Tracker::Switching(bool store, uint64_t address) {
  // QEMU 7.2 tells of what helper functions access in later blocks, too.
  if (block_ == nullptr || block_->code != ProfileCode::kSwitch) return;
  if (!switching_) {
    switching_ = true;
    from_ = to_ = 0;
  }
  const uint64_t stack = address >> kStackBits;
  // The first store is a push on the stack that is left, the last load a pop
  // off the one that is entered.
  if (!store)
    to_ = stack;
  else if (from_ == 0)
    from_ = stack;
}

void Tracker::Switched() {
  switching_ = false;
  if (from_ == 0 || to_ == 0) return;
  if (current_ == &unknown_) {
    const auto [at, is_new] = threads_.insert_or_assign(from_, unknown_);
    std::replace(in_io_.begin(), in_io_.end(), &unknown_, &at->second);
    for (Trap& trap : at->second.traps)
      for (Logged& logged : trap.logged)
        if (logged.thread == &unknown_) logged.thread = &at->second;
    unknown_ = {};
  }
  running_ = to_;
  current_ = &threads_[to_];
}

}  // namespace daxmend
