// SPDX-License-Identifier: GPL-2.0-only
//
// An emulated processor of a test's own goes through blocks of code, and the
// text that the tracker leaves is named and looked at.

#ifndef DAXMEND_TESTS_UNIT_PROFILE_TRACKED_PROCESSOR_H_
#define DAXMEND_TESTS_UNIT_PROFILE_TRACKED_PROCESSOR_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "machine/profile/tracker.h"
#include "results/profile/profile_files.h"
#include "results/profile/raw_profile.h"
#include "results/profile/symbols.h"

namespace daxmend {

inline constexpr uint64_t kKernel = 0xffffffff81000000;

class TrackerTest : public testing::Test {
 protected:
  TrackerTest() {
    symbols_.AddKernel(
        "0000000000001000 t queue\n0000000000001100 t helper\n"
        "0000000000001200 t other_helper\n"
        "ffffffff81000000 T entry_SYSCALL_64\nffffffff81000100 T vfs_read\n"
        "ffffffff81000200 T copy\nffffffff81000300 T asm_exc_page_fault\n"
        "ffffffff81000400 T asm_sysvec_apic_timer_interrupt\n"
        "ffffffff81000500 T thunk\nffffffff81000600 T __switch_to_asm\n"
        "ffffffff81000700 T irq_entries_start\n"
        "ffffffff81000800 T asm_common_interrupt\n"
        "ffffffff81000900 T kworker\n"
        "ffffffff81000a00 T acpi_ps_execute_method\n"
        "ffffffff81000b00 T acpi_ps_parse_aml\n"
        "ffffffff81000c00 T acpi_ps_peek_opcode\n");
  }

  // A block of `instructions` of 4 bytes each.
  const CodeBlock* Make(uint64_t begin, uint32_t instructions,
                        BlockEnd leaves = BlockEnd::kJump,
                        ProfileCode code = ProfileCode::kNone) {
    blocks_.push_back({.id = static_cast<uint32_t>(blocks_.size() + 1),
                       .instructions = instructions,
                       .begin = begin,
                       .last = begin + uint64_t{4} * (instructions - 1),
                       .end = begin + uint64_t{4} * instructions,
                       .leaves = leaves,
                       .code = code,
                       .upkeep = tracker_.IsUpkeep(begin)});
    return &blocks_.back();
  }
  // Executes a block, of which `executed` instructions, or all.
  void Run(const CodeBlock* block, uint32_t executed = UINT32_MAX) {
    tracker_.Block(block, count_);
    count_ += std::min(executed, block->instructions);
  }
  // The clock is read in the middle of a block: `before` instructions of it
  // come before.
  void Read(ProfileMark mark, const CodeBlock* block, uint32_t before) {
    tracker_.Block(block, count_);
    tracker_.Mark(mark);
    tracker_.Tick(count_ + before);
    count_ += block->instructions;
  }
  void Begin() { Read(ProfileMark::kIoBegins, Make(0x1000, 2), 2); }
  void End(ProfileMark record = ProfileMark::kRecordFast) {
    Read(ProfileMark::kIoEnds, Make(0x1040, 2), 1);
    tracker_.Mark(record);
  }

  // The processor goes from one thread to another.
  void Switch(uint64_t from, uint64_t to) {
    Run(Make(kKernel + 0x600, 2, BlockEnd::kOther, ProfileCode::kSwitch));
    tracker_.Switching(true, from << 14);
    // The task's own structure, which is no stack.
    tracker_.Switching(true, 0xffff888000001000);
    tracker_.Switching(false, to << 14);
  }

  std::string Raw() {
    char* text = nullptr;
    size_t size = 0;
    std::FILE* to = open_memstream(&text, &size);
    tracker_.Write(to, methods_);
    std::fclose(to);
    const std::string raw(text, size);
    std::free(text);
    return raw;
  }
  ProfileRecord Profile() {
    RunRecord run;
    run.jobs.resize(1);
    run.jobs[0].name = "j";
    run.jobs[0].number = 0;
    return NamedProfile(Raw(), symbols_, run);
  }
  std::string Folded() { return FoldedStacks(Profile()); }

  Symbols symbols_;
  std::deque<CodeBlock> blocks_;
  Tracker tracker_;
  std::vector<std::string> methods_;
  uint64_t count_ = 100;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_PROFILE_TRACKED_PROCESSOR_H_
