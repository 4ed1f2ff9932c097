// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/code_block.h"

#include <gtest/gtest.h>

#include <vector>

namespace daxmend {
namespace {

using Bytes = std::vector<uint8_t>;

TEST(CodeBlock, KnowsHowEachInstructionLeaves) {
  const struct {
    Bytes code;
    BlockEnd end;
  } kCases[] = {
      {{0xe8, 1, 2, 3, 4}, BlockEnd::kCall},
      {{0xff, 0xd0}, BlockEnd::kCall},              // call *%rax
      {{0x41, 0xff, 0xd3}, BlockEnd::kCall},        // call *%r11
      {{0xff, 0x15, 1, 2, 3, 4}, BlockEnd::kCall},  // call *x(%rip)
      {{0x3e, 0xff, 0xd0}, BlockEnd::kCall},        // notrack
      {{0xff, 0xe0}, BlockEnd::kJump},              // jmp *%rax
      {{0xff, 0x30}, BlockEnd::kOther},             // push (%rax)
      {{0xff, 0xc0}, BlockEnd::kOther},             // inc %eax
      {{0xc3}, BlockEnd::kReturn},
      {{0xf3, 0xc3}, BlockEnd::kReturn},  // rep ret
      {{0xc2, 8, 0}, BlockEnd::kReturn},
      {{0xeb, 0x10}, BlockEnd::kJump},
      {{0xe9, 1, 2, 3, 4}, BlockEnd::kJump},
      {{0x74, 0x10}, BlockEnd::kJump},
      {{0x0f, 0x84, 1, 2, 3, 4}, BlockEnd::kJump},
      {{0x0f, 0x05}, BlockEnd::kSystemCall},
      {{0x48, 0x0f, 0x07}, BlockEnd::kTrapReturn},  // sysretq
      {{0x48, 0xcf}, BlockEnd::kTrapReturn},        // iretq
      {{0x0f, 0x31}, BlockEnd::kOther},             // rdtsc
      {{0x90}, BlockEnd::kOther},
      {{0x66}, BlockEnd::kOther},
      {{}, BlockEnd::kOther},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(EndOf(one.code), one.end) << testing::PrintToString(one.code);
}

TEST(CodeBlock, KnowsTheReadingOfTheClock) {
  EXPECT_TRUE(IsClockReading(Bytes{0x0f, 0x31}));
  EXPECT_FALSE(IsClockReading(Bytes{0x0f, 0x05}));
  EXPECT_FALSE(IsClockReading(Bytes{0x0f}));
  // rdtscp is no reading that the engine makes.
  EXPECT_FALSE(IsClockReading(Bytes{0x0f, 0x01, 0xf9}));
}

}  // namespace
}  // namespace daxmend
