// SPDX-License-Identifier: GPL-2.0-only

#include "records/environment.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

namespace daxmend {
namespace {

TEST(CommandLineValue, FindsAWholeKey) {
  const std::string line = "quiet daxmend.clock=virtual xdaxmend.qemu=1 a=b=c";
  EXPECT_EQ(CommandLineValue(line, "daxmend.clock"), "virtual");
  EXPECT_EQ(CommandLineValue(line, "daxmend.qemu"), "");
  EXPECT_EQ(CommandLineValue(line, "daxmend"), "");
  EXPECT_EQ(CommandLineValue(line, "quiet"), "");
  EXPECT_EQ(CommandLineValue(line, "a"), "b=c");
  EXPECT_EQ(CommandLineValue("", "a"), "");
}

TEST(CommandLineValue, TheLastOneCounts) {
  EXPECT_EQ(CommandLineValue("a=1 a=2\n", "a"), "2");
}

TEST(DescribeEnvironment, NamesTheRunningKernelAndMachine) {
  utsname name;
  ASSERT_EQ(uname(&name), 0);
  Environment environment = DescribeEnvironment();
  EXPECT_EQ(environment.kernel, name.release);
  EXPECT_FALSE(environment.machine.empty());
  EXPECT_FALSE(environment.daxmend.empty());
}

}  // namespace
}  // namespace daxmend
