// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace daxmend {

StopSignals::StopSignals(std::initializer_list<int> more) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  for (int signal : more) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, &before_);
  fd_ = FileDescriptor(signalfd(-1, &set, SFD_CLOEXEC));
  if (fd_) return;
  const int error = errno;
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  throw ErrnoError("listen for signals", error);
}

StopSignals::~StopSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

int StopSignals::Take() const {
  signalfd_siginfo info;
  return read(fd_.get(), &info, sizeof info) == sizeof info
             ? static_cast<int>(info.ssi_signo)
             : SIGTERM;
}

}  // namespace daxmend
