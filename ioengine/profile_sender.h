// SPDX-License-Identifier: GPL-2.0-only
//
// The engine's part in a profile (`daxmend vm --profile`, which sets
// DAXMEND_PROFILE to a directory of the guest): tells the profiler where the
// kernel is entered, where the engine's marks are and whose I/O begins, and
// leaves the symbols of this guest in that directory: kallsyms (text only),
// maps of this process, vdso.so.
//
// Outside of a profile both do nothing.

#ifndef DAXMEND_IOENGINE_PROFILE_SENDER_H_
#define DAXMEND_IOENGINE_PROFILE_SENDER_H_

#include <cstdint>

namespace daxmend {

// Once in a process that is going to fork or start its workers. Throws Error:
// no kallsyms, or a directory that cannot be written to.
void SetUpProfile();

// In the thread that is about to do the I/O of job `number`.
void ProfileJob(uint64_t number);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_PROFILE_SENDER_H_
