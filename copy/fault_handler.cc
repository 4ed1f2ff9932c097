// SPDX-License-Identifier: GPL-2.0-only
//
// The process's SIGBUS handler, and what becomes of faults that are not ours.

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "copy/fault_fixup.h"
#include "copy/fault_hooks.h"
#include "copy/fault_tolerant_copy.h"

namespace daxmend {
namespace {

// Set before the handler is installed, and not changed after.
struct sigaction previous;
FaultHooks hooks;
// What installing came to: EINVAL before it was tried.
int installed = EINVAL;

// Written by the handler: so it must not be allocated at its first use.
[[gnu::tls_model("initial-exec")]] thread_local CopyFault last_fault;

// Did an instruction of this thread fault? Else somebody sent the signal, or
// the kernel tells of poison that nobody has touched yet.
bool Synchronous(const siginfo_t& info) {
  return info.si_code > 0 && info.si_code != BUS_MCEERR_AO;
}

// Lets the kernel do what it does without a handler. The signal is queued again
// as it was: it is blocked while this handler runs, and is taken the moment
// it returns, before the instruction that faulted is tried again.
void DieAsWithoutHandler(int signal, siginfo_t* info) {
  struct sigaction none = {};
  none.sa_handler = SIG_DFL;
  sigaction(signal, &none, nullptr);
  syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, info);
}

void PassOn(int signal, siginfo_t* info, void* context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_IGN) {
    // The kernel ignores what was sent, but never a fault.
    if (Synchronous(*info)) DieAsWithoutHandler(signal, info);
  } else if (previous.sa_handler == SIG_DFL) {
    DieAsWithoutHandler(signal, info);
  } else {
    previous.sa_handler(signal);
  }
}

void OnFault(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  const bool synchronous = Synchronous(*info);
  const CopyFault before = last_fault;
  // Before the fix-up, which may not return.
  if (synchronous) {
    const bool poison = info->si_code == BUS_MCEERR_AR;
    last_fault = {.address = info->si_addr,
                  .length = poison ? size_t{1} << (info->si_addr_lsb & 63) : 1,
                  .poison = poison};
    if (hooks.met && !FaultComesAgain()) hooks.met(*info);
  }
  if (!(synchronous && FixUpFault(*info, context))) {
    last_fault = before;
    if (!(synchronous && hooks.foreign && hooks.foreign(info, context)))
      PassOn(signal, info, context);
  }
  errno = error;
}

void Install() {
  ChooseCopy();
  if (sigaction(SIGBUS, nullptr, &previous) != 0) {
    installed = errno;
    return;
  }
  struct sigaction ours = {};
  ours.sa_sigaction = OnFault;
  // The rest is for the one before, which is to run as if called by the kernel.
  ours.sa_mask = previous.sa_mask;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (previous.sa_flags & SA_RESTART);
  installed = sigaction(SIGBUS, &ours, nullptr) == 0 ? 0 : errno;
}

}  // namespace

CopyFault LastCopyFault() { return last_fault; }

int InstallFaultHandler(const FaultHooks& with) {
  // std::call_once would want the C++ library of a C program.
  static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&installing);
  if (installed == EINVAL) {
    hooks = with;
    Install();
  }
  pthread_mutex_unlock(&installing);
  return installed;
}

int CheckFaultHandler() {
  if (installed != 0) return installed;
  struct sigaction now = {};
  if (sigaction(SIGBUS, nullptr, &now) != 0) return errno;
  return now.sa_sigaction == OnFault ? 0 : EBUSY;
}

}  // namespace daxmend
