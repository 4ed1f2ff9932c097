// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "results/child_process.h"

namespace daxmend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunChild, PassesMoreThanAnyBufferHoldsBothWays) {
  const std::string text(4'000'000, 'x');
  ChildResult result = RunChild({"cat"}, text, seconds(30));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, text);
}

TEST(RunChild, KeepsOutputErrorsAndStatusApart) {
  ChildResult result =
      RunChild({"sh", "-c", "echo out; echo err >&2; exit 3"}, "", seconds(30));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(WEXITSTATUS(result.status), 3);
}

TEST(RunChild, EndsAProgramThatTakesTooLong) {
  for (const char* script : {"sleep 60", "exec >&- 2>&-; exec sleep 60"}) {
    ChildResult result = RunChild({"sh", "-c", script}, "", milliseconds(100));
    EXPECT_TRUE(result.timed_out);
    EXPECT_EQ(WTERMSIG(result.status), SIGKILL);
  }
}

TEST(RunChild, SaysWhenThereIsNoSuchProgram) {
  EXPECT_FALSE(RunChild({"no-such-program-x"}, "", seconds(1)).found);
}

}  // namespace
}  // namespace daxmend
