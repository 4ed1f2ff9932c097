// SPDX-License-Identifier: GPL-2.0-only
//
// What the SIGBUS handler asks of a way to copy: is this fault yours, and if
// so, arrange that the thread goes on behind it. One of two files answers,
// exception_table.cc (x86-64) or portable_copy.cc.
//
// Async-signal-safe.

#ifndef DAXMEND_COPY_FAULT_FIXUP_H_
#define DAXMEND_COPY_FAULT_FIXUP_H_

#include <csignal>

namespace daxmend {

// False when the fault is not the copy's; nothing was changed then. May not
// return at all (siglongjmp).
bool FixUpFault(const siginfo_t& info, void* context);

// Will the copy that faulted now touch the same memory again, to find out how
// far it gets? Asked before FixUpFault().
bool FaultComesAgain();

// Picks the fastest of what this processor can do. Called before any copy.
void ChooseCopy();

}  // namespace daxmend

#endif  // DAXMEND_COPY_FAULT_FIXUP_H_
