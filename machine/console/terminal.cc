// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/terminal.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr char kEscape = 0x1d;  // Ctrl-]
// Keys that a guest may leave unread; a pasted text fits.
constexpr size_t kMostUnsent = size_t{1} << 20;

}  // namespace

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  if (tcgetattr(fd_, &before_)) throw ErrnoError("read the terminal", errno);
  Resume();
}

void RawTerminal::Resume() {
  termios raw = before_;
  cfmakeraw(&raw);
  if (tcsetattr(fd_, TCSANOW, &raw))
    throw ErrnoError("set the terminal to raw mode", errno);
}

RawTerminal::~RawTerminal() {
  // Otherwise it would stop a process in the background.
  sigset_t output;
  sigset_t before;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  sigprocmask(SIG_BLOCK, &output, &before);
  tcsetattr(fd_, TCSANOW, &before_);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

std::string WindowSize(int fd) {
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_row == 0 || size.ws_col == 0)
    return "24 80";
  return fmt::format("{} {}", size.ws_row, size.ws_col);
}

std::string TerminalKind(const char* term) {
  const std::string_view kind = term ? term : "";
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("+-._").find(c) != std::string_view::npos;
  });
  return kind.empty() || !plain ? "vt100" : std::string(kind);
}

int Keyboard::terminal() const {
  return hung_up_ || escaped() || unsent_.size() >= kMostUnsent ? -1
                                                                : terminal_;
}

void Keyboard::PassOn() {
  pollfd keys = {terminal(), POLLIN, 0};
  if (poll(&keys, 1, 0) > 0) Read();
  while (!unsent_.empty()) {
    const ssize_t n = write(guest_, unsent_.data(), unsent_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      // QEMU has ended: nobody reads them any more.
      if (errno != EAGAIN && errno != EWOULDBLOCK) unsent_.clear();
      return;
    }
    unsent_.erase(0, static_cast<size_t>(n));
  }
}

void Keyboard::Read() {
  char keys[4096];
  const ssize_t n = read(terminal_, keys, sizeof keys);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) {
    hung_up_ = true;
    return;
  }
  for (char key : std::string_view(keys, static_cast<size_t>(n))) {
    escapes_ = key == kEscape ? escapes_ + 1 : 0;
    if (escaped()) return;
    unsent_ += key;
  }
}

}  // namespace daxmend
