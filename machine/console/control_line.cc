// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/control_line.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

// Longer lines are no lines of the init script.
constexpr size_t kMostLine = 256;

}  // namespace

ControlLine::ControlLine() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
    throw ErrnoError("make a socket for the guest", errno);
  guest_ = FileDescriptor(ends[0]);
  host_ = FileDescriptor(ends[1]);
}

void ControlLine::Take(const std::function<void(const std::string&)>& to) {
  char buffer[1024];
  for (;;) {
    const ssize_t n = recv(host_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) {
      open_ = false;
      return;
    }
    for (char c : std::string_view(buffer, static_cast<size_t>(n))) {
      if (c == '\n') {
        to(line_);
        line_.clear();
      } else if (c != '\r' && line_.size() < kMostLine) {
        line_ += c;
      }
    }
  }
}

void ControlLine::Send(const std::string& line) {
  const std::string text = line + "\n";
  (void)!send(host_.get(), text.data(), text.size(),
              MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace daxmend
