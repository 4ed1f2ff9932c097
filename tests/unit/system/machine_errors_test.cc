// SPDX-License-Identifier: GPL-2.0-only

#include "system/machine_errors.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

TEST(ParseMachineErrors, AddsUpAllProcessors) {
  EXPECT_EQ(ParseMachineErrors(
                "            CPU0       CPU1\n"
                "   1:          9          0   IO-APIC   1-edge      i8042\n"
                " MCE:          3         14   Machine check exceptions\n"
                " MCP:          5          5   Machine check polls\n",
                "MemTotal:        1024 kB\nHardwareCorrupted:    64 kB\n"),
            (MachineErrors{.checks = 17, .pages = 16}));
}

TEST(ParseMachineErrors, WhatIsNotThereIsZero) {
  EXPECT_EQ(ParseMachineErrors("", "MemTotal: 1024 kB\n"), MachineErrors{});
  EXPECT_EQ(ParseMachineErrors("MCE:", "HardwareCorrupted:"), MachineErrors{});
}

}  // namespace
}  // namespace daxmend
