// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/input_stream.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr size_t kDiskBytes = size_t{1} << 20;
constexpr size_t kPage = 4096;

bool CanBeRead(int fd) {
  pollfd readable = {fd, POLLIN, 0};
  return poll(&readable, 1, 0) > 0;
}

}  // namespace

InputStream::InputStream(int source, ControlLine& control)
    : source_(source), disk_("standard input"), control_(control) {
  disk_.Resize(kDiskBytes);
}

int InputStream::source() const {
  if (!wanted_ || ended_) return -1;
  const pid_t foreground = tcgetpgrp(source_);
  return foreground < 0 || foreground == getpgrp() ? source_ : -1;
}

void InputStream::Take(const std::string& line) {
  if (line != "next") return;
  wanted_ = true;
  if (ended_) control_.Send("0 0");
}

void InputStream::PassOn() {
  std::string part;
  char buffer[65536];
  do {
    const ssize_t n = read(source_, buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) break;
    // EIO: a terminal that has gone.
    if (n < 0 && errno != EIO) throw ErrnoError("read standard input", errno);
    if (n <= 0) {
      ended_ = true;
      break;
    }
    part.append(buffer, static_cast<size_t>(n));
    // What a terminal gives at once is a line; an empty one is its end.
  } while (!isatty(source_) && part.size() + sizeof buffer <= kDiskBytes &&
           CanBeRead(source_));
  if (!part.empty()) {
    wanted_ = false;
    disk_.Replace(part);
    control_.Send(
        fmt::format("{} {}", part.size(), (part.size() + kPage - 1) / kPage));
  } else if (ended_) {
    control_.Send("0 0");
  }
}

}  // namespace daxmend
