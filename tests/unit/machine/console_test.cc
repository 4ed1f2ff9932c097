// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/console.h"

#include <gmock/gmock.h>

namespace daxmend {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Console, TellsWhyTheInitScriptGaveUp) {
  Console console(false);
  console.Take("daxmend-init: [1.0] kernel is up\r\n");
  console.Take("daxmend-init: [2.0] fai");
  console.Take("led: insmod nfit.ko\r\nreboot: Power down\r\n");
  EXPECT_EQ(console.Cause(), "gave up (insmod nfit.ko)");
}

TEST(Console, TellsOfAPanic) {
  Console console(false);
  console.Take("[ 3.9] Kernel panic - not syncing: sysrq\nmore\n");
  EXPECT_THAT(console.Cause(),
              HasSubstr("panicked (Kernel panic - not syncing: sysrq)"));
}

TEST(Console, OtherwiseTheCommandEndedTheGuest) {
  Console console(false);
  console.Take("reboot: Restarting system\n");
  EXPECT_THAT(console.Cause(), HasSubstr("--boots"));
}

TEST(Console, ShowsTheLastLinesAndAnUnfinishedOne) {
  Console console(false);
  for (int i = 0; i < 100; ++i)
    console.Take("line " + std::to_string(i) + "\r\n");
  console.Take("and then");
  ::testing::internal::CaptureStderr();
  console.ShowTail();
  const std::string shown = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(shown, StartsWith("guest: line 76\n"));
  EXPECT_THAT(shown, EndsWith("guest: line 99\nguest: and then\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\r")));
}

TEST(Console, ShowsNothingTwice) {
  ::testing::internal::CaptureStderr();
  Console console(true);
  console.Take("only once\n");
  console.ShowTail();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "only once\n");
}

}  // namespace
}  // namespace daxmend
