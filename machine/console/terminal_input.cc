// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/terminal_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "core/error.h"

namespace daxmend {

TerminalInput::TerminalInput(int terminal, int output)
    : terminal_(terminal), output_(output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC))
    throw ErrnoError("make a pipe for the guest", errno);
  keys_ = FileDescriptor(ends[0]);
  keys_write_ = FileDescriptor(ends[1]);
  if (fcntl(keys_write_.get(), F_SETFL, O_NONBLOCK))
    throw ErrnoError("make a pipe for the guest", errno);
  keyboard_.emplace(terminal_, keys_write_.get());
}

std::string TerminalInput::Parameters() const {
  const std::string size = WindowSize(terminal_);
  const size_t space = size.find(' ');
  return "input=/dev/ttyS1\nrows=" + size.substr(0, space) +
         "\ncolumns=" + size.substr(space + 1) +
         "\nterminal=" + TerminalKind(std::getenv("TERM")) + "\n";
}

void TerminalInput::Equip(Machine& machine, ProcessStart& qemu) {
  machine.terminal = true;
  machine.control = control_.guest_fd();
  qemu.inherited.push_back(control_.guest_fd());
  qemu.input = keys_.get();
  qemu.output = output_;
}

void TerminalInput::Started() {
  control_.CloseGuestEnd();
  keys_ = FileDescriptor();
}

std::vector<pollfd> TerminalInput::WaitFor() const {
  return {{control_.fd(), POLLIN, 0},
          {raw_ ? keyboard_->terminal() : -1, POLLIN, 0},
          {keyboard_->guest(), POLLOUT, 0}};
}

void TerminalInput::Work() {
  // The guest asks for the size when it is ready for it.
  if (control_.fd() >= 0)
    control_.Take(
        [&](const std::string&) { control_.Send(WindowSize(terminal_)); });
  if (raw_) keyboard_->PassOn();
  // A terminal that is gone tells of it by SIGHUP where we are its session.
  if (keyboard_->hung_up())
    throw Error({.thing = "the terminal", .cause = "has hung up"});
}

void TerminalInput::CommandRuns(bool runs) {
  if (runs && !raw_) raw_.emplace(terminal_);
  if (!runs) raw_.reset();
}

bool TerminalInput::Takes(int signal) {
  if (signal == SIGCONT && raw_) raw_->Resume();
  if (signal != SIGCONT && signal != SIGWINCH) return false;
  control_.Send(WindowSize(terminal_));
  return true;
}

}  // namespace daxmend
