// SPDX-License-Identifier: GPL-2.0-only
//
// Positioned reads and writes without the C library around them. Its own are
// cancellation points, which costs extra in every process that has ever had a
// second thread (SINGLE_THREAD_P in glibc), and the engine has one that sleeps.
//
// All return bytes, or -errno; they leave errno alone. Thread-safe.

#ifndef DAXMEND_IOENGINE_RAW_IO_H_
#define DAXMEND_IOENGINE_RAW_IO_H_

#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace daxmend {

#if defined(__x86_64__)
inline long RawSyscall(long number, long a, long b, long c, long d, long e,
                       long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
inline long RawSyscall(long number, long a, long b, long c, long d) {
  long result;
  register long r10 asm("r10") = d;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}
#else
template <class... Args>
long RawSyscall(long number, Args... args) {
  const long result = syscall(number, args...);
  return result < 0 ? -errno : result;
}
#endif

inline ssize_t RawRead(int fd, void* to, size_t length, uint64_t offset) {
  return RawSyscall(SYS_pread64, fd, reinterpret_cast<long>(to),
                    static_cast<long>(length), static_cast<long>(offset));
}

inline ssize_t RawWrite(int fd, const void* from, size_t length,
                        uint64_t offset) {
  return RawSyscall(SYS_pwrite64, fd, reinterpret_cast<long>(from),
                    static_cast<long>(length), static_cast<long>(offset));
}

// With RWF_* `flags`. The kernel takes the offset in two halves; on 64-bit
// machines the first holds all of it.
inline ssize_t RawReadFlags(int fd, void* to, size_t length, uint64_t offset,
                            unsigned flags) {
  const iovec vec = {to, length};
  return RawSyscall(SYS_preadv2, fd, reinterpret_cast<long>(&vec), 1L,
                    static_cast<long>(offset), 0L, static_cast<long>(flags));
}

inline ssize_t RawWriteFlags(int fd, const void* from, size_t length,
                             uint64_t offset, unsigned flags) {
  const iovec vec = {const_cast<void*>(from), length};
  return RawSyscall(SYS_pwritev2, fd, reinterpret_cast<long>(&vec), 1L,
                    static_cast<long>(offset), 0L, static_cast<long>(flags));
}

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_RAW_IO_H_
