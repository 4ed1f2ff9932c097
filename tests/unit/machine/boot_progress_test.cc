// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/boot_progress.h"

#include <gmock/gmock.h>

#include "machine/console/console.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BootProgressTest : public testing::Test {
 protected:
  BootProgress Make(bool terminal) {
    return BootProgress(
        terminal, [this](const std::string& stage) { said_.push_back(stage); });
  }
  std::vector<std::string> said_;
};

TEST_F(BootProgressTest, ATerminalHearsOfEveryStageAtOnce) {
  BootProgress progress = Make(true);
  progress.Reached("booting");
  EXPECT_THAT(said_, ElementsAre("booting"));
  progress.Reached("kernel 6.1 is up");
  EXPECT_THAT(said_, ElementsAre("booting", "kernel 6.1 is up"));
}

TEST_F(BootProgressTest, ElsewhereAFastBootSaysNothing) {
  BootProgress progress = Make(false);
  progress.Reached("booting");
  progress.Passed(1.9);
  progress.Reached("COMMAND starts (boot 1)");
  progress.Passed(500);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(BootProgressTest, ElsewhereALongBootIsToldFromItsBeginning) {
  BootProgress progress = Make(false);
  progress.Reached("booting");
  progress.Passed(2);
  EXPECT_THAT(said_, ElementsAre("booting"));
  progress.Reached("the NVDIMM is there");
  progress.Passed(3);
  EXPECT_THAT(said_, ElementsAre("booting", "the NVDIMM is there"));
}

TEST_F(BootProgressTest, AfterCommandStartsOnlyAnotherBootIsTold) {
  BootProgress progress = Make(true);
  progress.Reached("COMMAND starts (boot 1)");
  EXPECT_TRUE(progress.command_started());
  progress.Reached("COMMAND has ended with 0");
  progress.Reached("done");
  progress.Reached("kernel 6.1 is up");
  EXPECT_FALSE(progress.command_started());
  EXPECT_THAT(said_,
              ElementsAre("COMMAND starts (boot 1)", "kernel 6.1 is up"));
}

TEST_F(BootProgressTest, ItsStagesAreTheInitScriptsLinesOnTheConsole) {
  BootProgress progress = Make(true);
  Console console(false,
                  [&](const std::string& line) { progress.Reached(line); });
  console.Take("SeaBIOS\r\ndaxmend-init: [4.44] kernel 6.1 is up\r\n");
  console.Take("daxmend-init: [5.01] failed: insmod nfit.ko\r\n");
  EXPECT_THAT(said_, ElementsAre("kernel 6.1 is up"));
}

}  // namespace
}  // namespace daxmend
