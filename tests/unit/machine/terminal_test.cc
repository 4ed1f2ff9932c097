// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "tests/unit/terminal_pair.h"

namespace daxmend {
namespace {

TEST(RawTerminalTest, IsRawForAsLongAsItLives) {
  TerminalPair pair;
  {
    RawTerminal raw(pair.terminal());
    EXPECT_TRUE(pair.IsRaw());
  }
  EXPECT_TRUE(pair.IsAsBefore());
}

TEST(RawTerminalTest, WhatAShellChangedMeanwhileIsNotWhatIsPutBack) {
  TerminalPair pair;
  {
    RawTerminal raw(pair.terminal());
    termios cooked = {};
    ASSERT_EQ(tcgetattr(pair.terminal(), &cooked), 0);
    cooked.c_lflag |= ICANON;
    ASSERT_EQ(tcsetattr(pair.terminal(), TCSANOW, &cooked), 0);
    raw.Resume();
    EXPECT_TRUE(pair.IsRaw());
  }
  EXPECT_TRUE(pair.IsAsBefore());
}

TEST(WindowSizeTest, IsTheTerminalsOrAPlainOne) {
  TerminalPair pair;
  EXPECT_EQ(WindowSize(pair.terminal()), "37 101");
  const winsize none = {};
  ASSERT_EQ(ioctl(pair.terminal(), TIOCSWINSZ, &none), 0);
  EXPECT_EQ(WindowSize(pair.terminal()), "24 80");
}

TEST(TerminalKindTest, NothingButANameReachesTheGuestsShell) {
  EXPECT_EQ(TerminalKind("xterm-256color"), "xterm-256color");
  EXPECT_EQ(TerminalKind(nullptr), "vt100");
  EXPECT_EQ(TerminalKind(""), "vt100");
  EXPECT_EQ(TerminalKind("x; poweroff"), "vt100");
}

class KeyboardTest : public testing::Test {
 protected:
  KeyboardTest() : raw_(pair_.terminal()) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    guest_ = FileDescriptor(ends[0]);
    pipe_ = FileDescriptor(ends[1]);
  }

  // What the guest has got.
  std::string Got() {
    std::string got;
    char keys[65536];
    ssize_t n = 0;
    while ((n = read(guest_.get(), keys, sizeof keys)) > 0)
      got.append(keys, static_cast<size_t>(n));
    return got;
  }

  TerminalPair pair_;
  RawTerminal raw_;
  FileDescriptor guest_;
  FileDescriptor pipe_;
};

TEST_F(KeyboardTest, EveryKeyIsPassedOnAsItIs) {
  Keyboard keyboard(pair_.terminal(), pipe_.get());
  const std::string keys = "a\x03\x04\x1a\x1c\x11\x13\r\n\x7f\xc3\xa4";
  pair_.Type(keys);
  keyboard.PassOn();
  EXPECT_EQ(Got(), keys);
  EXPECT_FALSE(keyboard.escaped());
}

TEST_F(KeyboardTest, CtrlBracketThreeTimesInARowIsTheWayOut) {
  Keyboard keyboard(pair_.terminal(), pipe_.get());
  pair_.Type("\x1d\x1dx\x1d\x1d");
  keyboard.PassOn();
  EXPECT_FALSE(keyboard.escaped());
  pair_.Type("\x1dlost");
  keyboard.PassOn();
  EXPECT_TRUE(keyboard.escaped());
  EXPECT_EQ(Got(), "\x1d\x1dx\x1d\x1d");
  EXPECT_EQ(keyboard.terminal(), -1);
}

TEST_F(KeyboardTest, AGuestThatReadsNothingBlocksNothingAndLosesNothing) {
  Keyboard keyboard(pair_.terminal(), pipe_.get());
  const std::string filled(1 << 20, '.');
  size_t sent = 0;
  for (ssize_t n = 1; n > 0; sent += n > 0 ? static_cast<size_t>(n) : 0)
    n = write(pipe_.get(), filled.data(), 4096);
  pair_.Type("key");
  keyboard.PassOn();
  EXPECT_EQ(keyboard.guest(), pipe_.get());
  EXPECT_EQ(Got().size(), sent);
  keyboard.PassOn();
  EXPECT_EQ(keyboard.guest(), -1);
  EXPECT_EQ(Got(), "key");
}

TEST(KeyboardEndTest, ATerminalThatIsGoneIsNotReadForEver) {
  TerminalPair pair;
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const FileDescriptor guest(ends[0]);
  const FileDescriptor pipe(ends[1]);
  const FileDescriptor closed = FileDescriptor::Open("/dev/null", O_RDONLY);
  Keyboard keyboard(closed.get(), pipe.get());
  keyboard.PassOn();
  EXPECT_TRUE(keyboard.hung_up());
  EXPECT_EQ(keyboard.terminal(), -1);
}

}  // namespace
}  // namespace daxmend
