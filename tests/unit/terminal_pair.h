// SPDX-License-Identifier: GPL-2.0-only
//
// A terminal and the keyboard and screen of it, for tests.

#ifndef DAXMEND_TESTS_UNIT_TERMINAL_PAIR_H_
#define DAXMEND_TESTS_UNIT_TERMINAL_PAIR_H_

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

class TerminalPair {
 public:
  TerminalPair() {
    int master = -1;
    int slave = -1;
    winsize size = {};
    size.ws_row = 37;
    size.ws_col = 101;
    EXPECT_EQ(openpty(&master, &slave, nullptr, nullptr, &size), 0);
    keyboard_ = FileDescriptor(master);
    terminal_ = FileDescriptor(slave);
    before_ = Modes();
  }

  int keyboard() const { return keyboard_.get(); }
  int terminal() const { return terminal_.get(); }

  void Type(const std::string& keys) {
    EXPECT_EQ(write(keyboard(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }
  bool IsRaw() const {
    return !(Modes().c_lflag & (ICANON | ISIG | ECHO)) &&
           !(Modes().c_oflag & OPOST);
  }
  bool IsAsBefore() const {
    const termios now = Modes();
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           now.c_oflag == before_.c_oflag && now.c_cflag == before_.c_cflag;
  }

 private:
  termios Modes() const {
    termios modes = {};
    EXPECT_EQ(tcgetattr(terminal(), &modes), 0);
    return modes;
  }

  FileDescriptor keyboard_;
  FileDescriptor terminal_;
  termios before_;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_TERMINAL_PAIR_H_
