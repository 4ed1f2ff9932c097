// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/standard_input.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr size_t kMostBytes = size_t{1} << 30;
constexpr int kPatienceMs = 2000;

}  // namespace

InputWay ChooseInput(int fd, Clock clock, unsigned boots) {
  const int flags = fcntl(fd, F_GETFL);
  struct stat status;
  if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH) ||
      fstat(fd, &status) != 0)
    return InputWay::kNone;
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
    return InputWay::kNone;
  const bool passed_on = clock == Clock::kWall && boots == 1;
  if (isatty(fd)) return passed_on ? InputWay::kStream : InputWay::kNone;
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
    return InputWay::kWhole;
  return passed_on ? InputWay::kStream : InputWay::kWhole;
}

std::string ReadInput(int fd, unsigned timeout,
                      const std::function<void()>& waiting) {
  std::string input;
  char buffer[65536];
  bool told = false;
  uint64_t waited_ms = 0;
  for (;;) {
    pollfd readable = {fd, POLLIN, 0};
    const int ready = poll(&readable, 1, kPatienceMs);
    if (ready < 0 && errno != EINTR)
      throw ErrnoError("read standard input", errno);
    if (ready == 0) {
      if (!told) waiting();
      told = true;
      waited_ms += kPatienceMs;
      if (waited_ms >= uint64_t{1000} * timeout)
        throw Error({.thing = "standard input",
                     .cause = fmt::format(
                         "did not end and brought nothing for {} s", timeout),
                     .way_out = "end it, give none with </dev/null, or allow "
                                "more with --timeout"});
    }
    if (ready <= 0) continue;
    waited_ms = 0;
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) throw ErrnoError("read standard input", errno);
    if (n == 0) return input;
    if (input.size() + static_cast<size_t>(n) > kMostBytes)
      throw Error({.thing = "standard input",
                   .cause = "has more than 1 GiB, which the guest's memory "
                            "cannot hold",
                   .way_out = "give COMMAND less, or have it read a file on "
                              "/mnt/pmem"});
    input.append(buffer, static_cast<size_t>(n));
  }
}

void HoldStandardDescriptors() {
  int fd;
  do {
    fd = open("/dev/null", O_RDONLY);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

}  // namespace daxmend
