// SPDX-License-Identifier: GPL-2.0-only
//
// The fault-tolerant copy and what else could be done: memcpy alone (which
// dies), sigsetjmp around memcpy (libpmem2's way), process_vm_readv (the kernel
// catches the fault). Each returns how many bytes it did not copy.

#ifndef DAXMEND_TESTS_BENCH_COPIES_H_
#define DAXMEND_TESTS_BENCH_COPIES_H_

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "copy/fault_tolerant_copy.h"
#include "core/range.h"
#include "inject/methods/userfault_poison.h"
#include "libcopy/daxmend_copy.h"

namespace daxmend {

// What a copy reads and where it goes; the source is shared memory.
class Buffers {
 public:
  explicit Buffers(size_t size)
      : size_(size < kPageBytes ? kPageBytes : size), from_(Map()), to_(Map()) {
    PrepareFaultTolerantCopy();
  }
  ~Buffers() {
    munmap(from_, size_);
    munmap(to_, size_);
  }
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  std::byte* from() { return from_; }
  std::byte* to() { return to_; }
  void PoisonLastPage() {
    PoisonMappedPages({from_ + size_ - kPageBytes, kPageBytes});
  }

 private:
  std::byte* Map() const {
    void* at = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED) std::abort();
    std::memset(at, 1, size_);
    return static_cast<std::byte*>(at);
  }
  const size_t size_;
  std::byte* const from_;
  std::byte* const to_;
};

using Copy = size_t (*)(std::byte* to, const std::byte* from, size_t length);

inline size_t Memcpy(std::byte* to, const std::byte* from, size_t length) {
  std::memcpy(to, from, length);
  return 0;
}

inline sigjmp_buf jump;

inline size_t SigsetjmpMemcpy(std::byte* to, const std::byte* from,
                              size_t length) {
  if (sigsetjmp(jump, 1) != 0) return SIZE_MAX;  // who knows
  std::memcpy(to, from, length);
  return 0;
}

inline size_t ProcessVmReadv(std::byte* to, const std::byte* from,
                             size_t length) {
  const iovec local = {to, length};
  const iovec remote = {const_cast<std::byte*>(from), length};
  const ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  return n < 0 ? length : length - static_cast<size_t>(n);
}

inline size_t Tolerant(std::byte* to, const std::byte* from, size_t length) {
  return FaultTolerantCopy(to, from, length);
}

// The same, out of libdaxmend-copy.so.
inline size_t Library(std::byte* to, const std::byte* from, size_t length) {
  return daxmend_copy(to, from, length);
}

inline size_t TolerantStore(std::byte* to, const std::byte* from,
                            size_t length) {
  return FaultTolerantStore(to, from, length);
}

#if defined(__x86_64__)
// A handler that knows which load it is and returns behind it, while one of
// these lives: what a SIGBUS costs whoever takes it.
class BareSigbus {
 public:
  BareSigbus() {
    struct sigaction bare = {};
    bare.sa_sigaction = [](int, siginfo_t*, void* context) {
      static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] =
          behind_the_load;
    };
    bare.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &bare, &before_);
  }
  ~BareSigbus() { sigaction(SIGBUS, &before_, nullptr); }
  BareSigbus(const BareSigbus&) = delete;
  BareSigbus& operator=(const BareSigbus&) = delete;

  // Loads a byte of a poisoned page.
  static void RoundTrip(const std::byte* poisoned) {
    asm volatile(
        "lea 1f(%%rip), %%rax\n"
        "mov %%rax, %0\n"
        "movb (%1), %%al\n"
        "1:"
        : "=m"(behind_the_load)
        : "r"(poisoned)
        : "rax", "memory");
  }

 private:
  static inline greg_t behind_the_load;
  struct sigaction before_;
};
#endif

}  // namespace daxmend

#endif  // DAXMEND_TESTS_BENCH_COPIES_H_
