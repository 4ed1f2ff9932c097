// SPDX-License-Identifier: GPL-2.0-only
//
// The routines of copy_x86_64.S and their exception table. exception_table.cc
// chooses between them; tests try each that the processor can do.

#ifndef DAXMEND_COPY_COPY_X86_64_H_
#define DAXMEND_COPY_COPY_X86_64_H_

#include <cstddef>
#include <cstdint>

extern "C" {

// These return how many bytes, at the end, were not copied.
size_t DaxmendCopySse2(void* to, const void* from, size_t length);
size_t DaxmendCopyAvx(void* to, const void* from, size_t length);
// Past the cache, durable on return. `to` and `length` are multiples of a cache
// line.
size_t DaxmendStream(void* to, const void* from, size_t length);
size_t DaxmendStreamAvx(void* to, const void* from, size_t length);

// Write the cache lines from `first` (aligned) up to `end` back. Not 0 when a
// line could not be.
size_t DaxmendFlushClwb(const void* first, const void* end);
size_t DaxmendFlushClflushopt(const void* first, const void* end);
size_t DaxmendFlushClflush(const void* first, const void* end);

// An instruction that may fault, and where to go on: both as distances from
// where they are written.
struct DaxmendFault {
  int32_t instruction;
  int32_t fix_up;
  // 1: the fix-up wants rcx = bytes in front of the faulting page, rdx = the
  // rest, of what rdi, rsi and rdx described. 2: the same, but rcx was how far
  // behind the place rdi and rsi name it was (negative), and rdx what comes
  // after that place. 0: it wants nothing.
  int32_t split;
};
// The ends of the section, as the linker names them.
extern const DaxmendFault __start_daxmend_faults[]
    __attribute__((visibility("hidden")));
extern const DaxmendFault __stop_daxmend_faults[]
    __attribute__((visibility("hidden")));
}

#endif  // DAXMEND_COPY_COPY_X86_64_H_
