// SPDX-License-Identifier: GPL-2.0-only

#include "system/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "system/text_process.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

// Signal actions as somebody may leave them to a program that it starts.
class Inherited : public ::testing::Test {
 protected:
  Inherited() { sigaction(SIGCHLD, nullptr, &before_); }
  ~Inherited() override {
    sigaction(SIGCHLD, &before_, nullptr);
    signal(SIGPIPE, SIG_DFL);
  }

 private:
  struct sigaction before_;
};

TEST_F(Inherited, AnIgnoredSigchldHidesNoExitStatus) {
  signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(Capture({"sh", "-c", "exit 3"}).status, 3);
  signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(
      RunOnText({"sh", "-c", "exit 4"}, "", std::chrono::minutes(1)).status, 4);
}

TEST_F(Inherited, AFlagThatReapsChildrenHidesNoExitStatus) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDWAIT;
  sigaction(SIGCHLD, &action, nullptr);
  EXPECT_EQ(Capture({"sh", "-c", "exit 3"}).status, 3);
}

TEST_F(Inherited, AChildHasTheDefaultActionsAndAnEmptyMask) {
  // In the background of a script SIGINT is ignored from the beginning.
  const std::vector<std::string> blocked_and_ignored = {
      "sed", "-n", "s/^Sig\\(Blk\\|Ign\\):\\t0*//p", "/proc/self/status"};
  signal(SIGPIPE, SIG_DFL);
  const ProcessResult first = Capture(blocked_and_ignored);
  signal(SIGPIPE, SIG_IGN);
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  // A shell cannot undo an ignored signal, nor a blocked one.
  const ProcessResult result =
      Capture({"sh", "-c", "kill -PIPE $$; echo alive"});
  const ProcessResult lists = Capture(blocked_and_ignored);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(result.status, 128 + SIGPIPE);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(lists.output, first.output);
  EXPECT_EQ(lists.output.front(), '\n');
}

TEST(FindInPath, TellsAProgramFromNone) {
  EXPECT_TRUE(FindInPath("sh").ends_with("/sh"));
  EXPECT_EQ(FindInPath("no-such-program-x"), "");
}

class InADirectory : public InScratchDirectory {
 protected:
  InADirectory() : path_(getenv("PATH")) {
    std::ofstream(directory_ + "/said-so") << "#!/bin/sh\necho \"$PWD\"\n";
    std::filesystem::permissions(directory_ + "/said-so",
                                 std::filesystem::perms::owner_all);
    std::filesystem::current_path(directory_);
  }
  ~InADirectory() override {
    std::filesystem::current_path(before_);
    setenv("PATH", path_.c_str(), 1);
  }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
  const std::string path_;
};

// That of the child has it not.
TEST_F(InADirectory, AProgramIsLookedUpFromOurs) {
  setenv("PATH", (".:" + std::string(getenv("PATH"))).c_str(), 1);
  for (const char* program : {"said-so", "./said-so"}) {
    const ProcessResult result = Capture({program}, {.directory = "/"});
    EXPECT_EQ(result.status, 0) << program;
    EXPECT_EQ(result.output, "/\n") << program;
  }
  EXPECT_EQ(Capture({"no-such-program-x"}, {.directory = "/"}).status, 127);
}

}  // namespace
}  // namespace daxmend
