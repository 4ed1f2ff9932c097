// SPDX-License-Identifier: GPL-2.0-only
//
// Copying from and to a mapping that may be poisoned: memcpy that says how far
// it came instead of dying of SIGBUS.
//
//   PrepareFaultTolerantCopy();
//   size_t missing = FaultTolerantCopy(buffer, mapping + offset, 4096);
//   if (missing != 0)  // bytes [0, 4096 - missing) of buffer are good
//
// On x86-64 the copy is assembly with an exception table of its own
// (copy_x86_64.S): the SIGBUS handler looks up the instruction that
// faulted and goes on behind it. Without a fault that costs nothing. Elsewhere
// every copy arms a sigsetjmp and moves one byte at a time near a fault: just
// as correct, but slow; CopyMethod() says which.
//
// The copies are async-signal-safe and thread-safe. They must not be made
// while SIGBUS is blocked: the kernel kills a process that faults then
// (force_sig_info_to_task, kernel/signal.c). Ranges must not overlap.

#ifndef DAXMEND_COPY_FAULT_TOLERANT_COPY_H_
#define DAXMEND_COPY_FAULT_TOLERANT_COPY_H_

#include <cstddef>

namespace daxmend {

// Installs the process's SIGBUS handler; further calls do nothing. Faults that
// are not the copy's are passed on to the handler that was there before, with
// its signal mask and its arguments; where there was none, the process dies of
// SIGBUS as it would have. A handler somebody installs later over this one
// takes its faults away. Throws Error.
void PrepareFaultTolerantCopy();

// Copies from the front on. Returns how many bytes, at the end, were not
// copied: 0 when all were. What the
// rest of `to` holds then is not said.
[[nodiscard]] size_t FaultTolerantCopy(void* to, const void* from,
                                       size_t length);

// The same to persistent memory mapped with MAP_SYNC: what was copied is
// durable when it returns. Whole cache lines go past the cache, others are
// written back, and a fence waits (Intel SDM vol. 1, 11.4.7; what libpmem2 does
// for PMEM2_GRANULARITY_CACHE_LINE). Where there is no assembly the lines stay
// in the cache; msync is the caller's to do (StoreIsDurable()).
[[nodiscard]] size_t FaultTolerantStore(void* to, const void* from,
                                        size_t length);

// Where the calling thread's last copy that was not whole has stopped.
struct CopyFault {
  const void* address = nullptr;  // that could not be accessed
  size_t length = 0;  // bytes around it that are bad; 1 where nobody says
  // The kernel says that the memory is bad (BUS_MCEERR_AR). Else it may be as
  // well (before Linux 6.5 fsdax answers listed poison with BUS_ADRERR), or the
  // file does not have that page: it ends before, or its disk is full.
  bool poison = false;
};
CopyFault LastCopyFault();

bool StoreIsDurable();

// "exception table", or "sigsetjmp (slow)".
const char* CopyMethod();

}  // namespace daxmend

#endif  // DAXMEND_COPY_FAULT_TOLERANT_COPY_H_
