// SPDX-License-Identifier: GPL-2.0-only
//
// What else takes part in the handling of a SIGBUS beside the copy: the
// handlers and records of libdaxmend-copy. Functions are called in the signal
// handler.

#ifndef DAXMEND_COPY_FAULT_HOOKS_H_
#define DAXMEND_COPY_FAULT_HOOKS_H_

#include <csignal>

namespace daxmend {

struct FaultHooks {
  // Of each fault of an instruction, before anything is done about it.
  void (*met)(const siginfo_t& info) = nullptr;
  // Of each that is not the copy's. True when that is all to be done.
  bool (*foreign)(siginfo_t* info, void* context) = nullptr;
};

// Installs the process's SIGBUS handler; further calls do nothing, whatever
// their hooks. Returns 0 or errno.
int InstallFaultHandler(const FaultHooks& hooks = {});

// 0 when it is the process's handler now; EINVAL: it was not installed, EBUSY:
// another was installed since; or errno.
int CheckFaultHandler();

}  // namespace daxmend

#endif  // DAXMEND_COPY_FAULT_HOOKS_H_
