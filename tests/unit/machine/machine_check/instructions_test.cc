// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/instructions.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace daxmend {
namespace {

std::optional<SimpleInstruction> Simple(std::vector<uint8_t> code) {
  return ParseSimple({reinterpret_cast<const char*>(code.data()), code.size()});
}

TEST(ParseSimple, KnowsWhatFunctionsBeginWith) {
  EXPECT_EQ(Simple({0xf3, 0x0f, 0x1e, 0xfa, 0xe8})->bytes, 4u);
  EXPECT_EQ(Simple({0x0f, 0x1f, 0x44, 0x00, 0x00})->bytes, 5u);
  EXPECT_EQ(Simple({0x0f, 0x1f, 0x44, 0x00, 0x00})->to, std::nullopt);
}

// As dax_iomap_fault (mov %esi,%eax) and acpi_ex_exit_interpreter (mov $1,%edi)
// of Linux 6.1 go on.
TEST(ParseSimple, KnowsMovesBetweenRegisters) {
  const auto move = Simple({0x89, 0xf0, 0x48, 0x89, 0xd6});
  ASSERT_TRUE(move);
  EXPECT_EQ(move->bytes, 2u);
  EXPECT_EQ(move->to, Gpr::kRax);
  EXPECT_EQ(move->from, Gpr::kRsi);
  const auto constant = Simple({0xbf, 0x01, 0x02, 0x00, 0x80});
  ASSERT_TRUE(constant);
  EXPECT_EQ(constant->bytes, 5u);
  EXPECT_EQ(constant->to, Gpr::kRdi);
  EXPECT_EQ(constant->from, std::nullopt);
  EXPECT_EQ(constant->constant, 0x80000201u);
}

TEST(ParseSimple, LeavesTheRestAlone) {
  EXPECT_EQ(Simple({}), std::nullopt);
  EXPECT_EQ(Simple({0x89, 0x07, 0, 0, 0}), std::nullopt);  // to memory
  EXPECT_EQ(Simple({0xbf, 0x01}), std::nullopt);           // cut off
  EXPECT_EQ(Simple({0xe8, 0, 0, 0, 0}), std::nullopt);     // a call
}

GuestRegisters After(uint64_t instruction, uint64_t rsi, uint64_t rdi,
                     uint64_t rcx) {
  GuestRegisters registers;
  registers.instruction = instruction;
  registers.general[static_cast<size_t>(Gpr::kRsi)] = rsi;
  registers.general[static_cast<size_t>(Gpr::kRdi)] = rdi;
  registers.general[static_cast<size_t>(Gpr::kRcx)] = rcx;
  return registers;
}

TEST(InFrontOf, PutsAStringInstructionBack) {
  const LoadPlace movsb = {.instruction = 0x10,
                           .address = 0x5000,
                           .bytes = 1,
                           .size = 2,
                           .code = {0xf3, 0xa4}};
  EXPECT_EQ(InFrontOf(movsb, After(0x10, 0x5001, 0x7001, 99)),
            After(0x10, 0x5000, 0x7000, 100));
  const LoadPlace movsq = {.instruction = 0x10,
                           .address = 0x5000,
                           .bytes = 8,
                           .size = 3,
                           .code = {0xf3, 0x48, 0xa5}};
  // Some emulators do many at once.
  EXPECT_EQ(InFrontOf(movsq, After(0x13, 0x5040, 0x7040, 0)),
            After(0x10, 0x5000, 0x7000, 8));
}

TEST(InFrontOf, OfAnyOtherLoadOnlyItsAddressMatters) {
  const LoadPlace load = {.instruction = 0x10,
                          .address = 0x5000,
                          .bytes = 8,
                          .size = 3,
                          .code = {0x48, 0x8b, 0x06}};
  EXPECT_EQ(InFrontOf(load, After(0x13, 0x5000, 0x7000, 1)),
            After(0x10, 0x5000, 0x7000, 1));
}

}  // namespace
}  // namespace daxmend
