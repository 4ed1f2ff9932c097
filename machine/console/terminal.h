// SPDX-License-Identifier: GPL-2.0-only
//
// The host's terminal, lent to a program in the guest: every key reaches that
// program as it is, Ctrl-C too, and the terminal is as it was afterwards.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_TERMINAL_H_
#define DAXMEND_MACHINE_CONSOLE_TERMINAL_H_

#include <termios.h>

#include <string>

namespace daxmend {

// A terminal in raw mode (cfmakeraw(3)) for as long as this lives.
class RawTerminal {
 public:
  // Throws Error. What was typed ahead stays.
  explicit RawTerminal(int fd);
  // Puts the terminal back, also when it is somebody else's foreground by now.
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // Makes it raw again: a shell that had stopped us has changed it.
  void Resume();

 private:
  int fd_;
  termios before_;
};

// "ROWS COLUMNS" of a terminal; "24 80" where it does not know.
std::string WindowSize(int fd);

// The name of the terminal's kind ($TERM), or "vt100" for what is none.
std::string TerminalKind(const char* term);

// Passes keys on to a pipe, which may be full.
class Keyboard {
 public:
  // `guest` does not block (O_NONBLOCK). Both stay the caller's.
  Keyboard(int terminal, int guest) : terminal_(terminal), guest_(guest) {}

  // What to wait for: keys, and room in a pipe that is full. -1: nothing.
  int terminal() const;
  int guest() const { return unsent_.empty() ? -1 : guest_; }
  // Does what can be done without waiting.
  void PassOn();

  // Ctrl-] was typed three times in a row; the third is not passed on.
  bool escaped() const { return escapes_ == 3; }
  // The terminal has gone.
  bool hung_up() const { return hung_up_; }

 private:
  void Read();

  int terminal_;
  int guest_;
  int escapes_ = 0;
  bool hung_up_ = false;
  std::string unsent_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_TERMINAL_H_
