// SPDX-License-Identifier: GPL-2.0-only

#include "core/badblocks_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace daxmend {
namespace {

// sysfs arms the announcement when the file is read from its start.
void ReadToTheEnd(int fd) {
  char buffer[4096];
  off_t at = 0;
  for (;;) {
    ssize_t n = pread(fd, buffer, sizeof buffer, at);
    if (n <= 0) return;
    at += n;
  }
}

// Leaves the shared table of open files with only `a` and `b` in the copy, so
// that nothing the process closes later is held open here. Where the kernel
// has no CLOSE_RANGE_UNSHARE (before 5.9) the table stays shared, which costs
// the other threads some instructions a system call and nothing else.
void KeepOnly(int a, int b) {
  const auto low = static_cast<unsigned>(std::min(a, b));
  const auto high = static_cast<unsigned>(std::max(a, b));
  if (close_range(high + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0) return;
  if (low > 0) close_range(0, low - 1, 0);
  if (low + 1 < high) close_range(low + 1, high - 1, 0);
}

}  // namespace

BadblocksWatch::BadblocksWatch(const std::string& path,
                               std::function<void()> on_change)
    : list_(FileDescriptor::Open(path, O_RDONLY)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) throw ErrnoError("eventfd", errno);
  ReadToTheEnd(list_.get());
  // Signals are the business of the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread(
        [list = list_.get(), stop = stop_.get(),
         on_change = std::move(on_change)] { Watch(list, stop, on_change); });
  } catch (const std::system_error& e) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw ErrnoError("start a thread to watch " + path, e.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BadblocksWatch::~BadblocksWatch() {
  const uint64_t one = 1;
  while (write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  thread_.join();
}

void BadblocksWatch::Watch(int list, int stop,
                           const std::function<void()>& on_change) {
  KeepOnly(list, stop);
  pollfd fds[2] = {{list, POLLPRI | POLLERR, 0}, {stop, POLLIN, 0}};
  for (;;) {
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (fds[1].revents) return;
    // Read before telling: what changes from here on is announced anew.
    ReadToTheEnd(list);
    on_change();
  }
}

}  // namespace daxmend
