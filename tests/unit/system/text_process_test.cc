// SPDX-License-Identifier: GPL-2.0-only

#include "system/text_process.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace daxmend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunOnText, PassesMoreThanAnyBufferHoldsBothWays) {
  const std::string text(4'000'000, 'x');
  TextResult result = RunOnText({"cat"}, text, seconds(30));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, text);
}

TEST(RunOnText, KeepsOutputErrorsAndStatusApart) {
  TextResult result = RunOnText({"sh", "-c", "echo out; echo err >&2; exit 3"},
                                "", seconds(30));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.status, 3);
}

TEST(RunOnText, EndsAProgramThatTakesTooLong) {
  for (const char* script : {"sleep 60", "exec >&- 2>&-; exec sleep 60"}) {
    TextResult result = RunOnText({"sh", "-c", script}, "", milliseconds(100));
    EXPECT_TRUE(result.timed_out);
    EXPECT_EQ(result.status, 128 + SIGKILL);
  }
}

TEST(RunOnText, SaysWhenThereIsNoSuchProgram) {
  EXPECT_EQ(RunOnText({"no-such-program-x"}, "", seconds(1)).status, 127);
}

}  // namespace
}  // namespace daxmend
