// SPDX-License-Identifier: GPL-2.0-only
//
// A guest's run with a QEMU that is a shell script: what reaches it, and what
// becomes of the terminal however it ends.

#include "machine/guest.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "system/file_io.h"
#include "tests/unit/machine/tables.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/terminal_pair.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;

// Finds the files it was given, starts COMMAND at once, and `end STATUS` hands
// that over as init.sh does.
constexpr char kQemu[] = R"(#!/bin/sh
[ "$1" != --version ] || { echo "QEMU emulator version 7.2.22"; exit; }
for argument; do
  case $argument in
    *id=console,path=*) console=${argument##*path=} ;;
    *id=out,*file=*) disk=${argument##*file=} ;;
  esac
done
end() {
  cd "${0%/*}" && mkdir out && echo "$1" >status && tar -cf "$disk" out status
  exit 0
}
echo 'daxmend-init: [1.0] COMMAND starts (boot 1)' >>"$console"
)";

class GuestTest : public InScratchDirectory {
 protected:
  // A request for a QEMU that goes on with `script`.
  GuestRequest Request(const std::string& script) {
    const auto write = [&](const char* name, const std::string& content) {
      std::ofstream(directory_ + "/" + name) << content;
      return directory_ + "/" + name;
    };
    GuestRequest request;
    request.qemu = write("qemu", kQemu + script);
    std::filesystem::permissions(request.qemu, std::filesystem::perms(0755));
    request.image.kernel = "/dev/null";
    request.image.nfit = write("nfit.aml", Nfit());
    request.image.ssdt = write("ssdt.aml", Ssdt());
    request.nvdimm = {.base = uint64_t{1} << 30, .size = uint64_t{64} << 20};
    request.quiet = true;
    request.command = {"sh"};
    return request;
  }

  // Runs it on the terminal, in a process of its own; its output goes to `out`.
  pid_t Start(GuestRequest request) {
    request.shell = true;
    request.input = pair_.terminal();
    const pid_t child = fork();
    if (child != 0) return child;
    const std::string out = directory_ + "/stdout";
    if (!freopen(out.c_str(), "w", stdout) ||
        !freopen((directory_ + "/stderr").c_str(), "w", stderr))
      _exit(99);
    try {
      _exit(RunGuest(request));
    } catch (const Error& e) {
      std::fprintf(stderr, "%s\n", e.what());
      std::fflush(stderr);
      _exit(2);
    }
  }

  // Whether the shell of `child` has the terminal before `child` ends.
  bool GetsTheTerminal(pid_t child) {
    siginfo_t info = {};
    while (!pair_.IsRaw()) {
      waitid(P_PID, static_cast<id_t>(child), &info,
             WEXITED | WNOHANG | WNOWAIT);
      if (info.si_pid == child) return false;
      usleep(1000);
    }
    return true;
  }

  static int End(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string Said(const char* file) {
    return ReadFile(directory_ + "/" + file);
  }

  TerminalPair pair_;
};

TEST_F(GuestTest, KeysReachTheShellAndItsStatusIsTheExitStatus) {
  const pid_t child = Start(Request("dd bs=1 count=3 2>/dev/null\nend 5\n"));
  ASSERT_TRUE(GetsTheTerminal(child));
  pair_.Type("\x03x\r");
  EXPECT_EQ(End(child), 5);
  EXPECT_EQ(Said("stdout"), "\x03x\r");
  EXPECT_TRUE(pair_.IsAsBefore());
}

TEST_F(GuestTest, TheTerminalIsPutBackWhenItIsKilled) {
  for (int signal : {SIGTERM, SIGHUP, SIGINT, SIGQUIT}) {
    const pid_t child = Start(Request("exec sleep 1000\n"));
    ASSERT_TRUE(GetsTheTerminal(child));
    kill(child, signal);
    EXPECT_EQ(End(child), 128 + signal);
    EXPECT_TRUE(pair_.IsAsBefore()) << signal;
  }
}

TEST_F(GuestTest, TheTerminalIsPutBackWhenQemuDies) {
  const pid_t child = Start(Request("read -r line\nkill -KILL $$\n"));
  ASSERT_TRUE(GetsTheTerminal(child));
  pair_.Type("\n");
  EXPECT_EQ(End(child), 2);
  EXPECT_THAT(Said("stderr"), HasSubstr("ended with status 137"));
  EXPECT_TRUE(pair_.IsAsBefore());
}

TEST_F(GuestTest, TheTerminalIsPutBackAfterTheTimeout) {
  GuestRequest request = Request("exec sleep 1000\n");
  request.timeout = 1;
  const pid_t child = Start(request);
  EXPECT_EQ(End(child), 2);
  EXPECT_THAT(Said("stderr"), HasSubstr("--timeout"));
  EXPECT_TRUE(pair_.IsAsBefore());
}

TEST_F(GuestTest, AShellWithoutATimeoutOutlivesThatOfTheBoot) {
  GuestRequest request = Request("read -r line\nsleep 4\nend 6\n");
  request.timeout = 3;
  request.endless = true;
  const pid_t child = Start(request);
  ASSERT_TRUE(GetsTheTerminal(child));
  pair_.Type("\n");
  EXPECT_EQ(End(child), 6);
}

TEST_F(GuestTest, AGuestThatReadsNoKeysIsKilledByThem) {
  const pid_t child = Start(Request("exec sleep 1000\n"));
  ASSERT_TRUE(GetsTheTerminal(child));
  pair_.Type("\x03\x1d\x1d\x1d");
  EXPECT_EQ(End(child), 2);
  EXPECT_THAT(Said("stderr"), HasSubstr("Ctrl-]"));
  EXPECT_TRUE(pair_.IsAsBefore());
}

}  // namespace
}  // namespace daxmend
