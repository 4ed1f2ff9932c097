// SPDX-License-Identifier: GPL-2.0-only
//
// Records of faults, written by signal handlers of any number of threads and
// taken by any number of readers, without a lock: a bounded queue in which
// every slot carries the number of the turn it is ready for (after Vyukov's).
//
// Put() is async-signal-safe: a handler that interrupts another one's Put(), or
// a Take(), waits for neither; it may call the queue full while the slot that
// it would get is still being taken.

#ifndef DAXMEND_LIBCOPY_ERROR_RING_H_
#define DAXMEND_LIBCOPY_ERROR_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "libcopy/daxmend_copy.h"

namespace daxmend {

class ErrorRing {
 public:
  // `slots`: a power of two. Null when there is no memory. Not operator new: a
  // C program need not have the C++ library.
  static ErrorRing* Make(size_t slots);
  static void Free(ErrorRing* ring);

  // False when it is full: counted as lost.
  bool Put(const daxmend_copy_record& record);
  // False when there is none.
  bool Take(daxmend_copy_record* record);
  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::atomic<uint64_t> turn;
    daxmend_copy_record record;
  };

  Slot* slots_;
  uint64_t mask_;
  std::atomic<uint64_t> put_;
  std::atomic<uint64_t> taken_;
  std::atomic<uint64_t> lost_;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

}  // namespace daxmend

#endif  // DAXMEND_LIBCOPY_ERROR_RING_H_
