// SPDX-License-Identifier: GPL-2.0-only

#include "libcopy/error_ring.h"

#include <cstdlib>
#include <new>

namespace daxmend {

ErrorRing* ErrorRing::Make(size_t slots) {
  void* memory = std::calloc(1, sizeof(ErrorRing));
  void* of_slots = std::calloc(slots, sizeof(Slot));
  if (!memory || !of_slots) {
    std::free(memory);
    std::free(of_slots);
    return nullptr;
  }
  auto* ring = new (memory) ErrorRing();
  ring->slots_ = static_cast<Slot*>(of_slots);
  ring->mask_ = slots - 1;
  for (uint64_t i = 0; i < slots; ++i) {
    auto* slot = new (&ring->slots_[i]) Slot();
    slot->turn.store(i, std::memory_order_relaxed);
  }
  return ring;
}

void ErrorRing::Free(ErrorRing* ring) {
  if (!ring) return;
  std::free(ring->slots_);
  std::free(ring);
}

// A slot whose turn is n may be written as number n; with n + 1 that record may
// be taken, after which it waits for number n + slots.

bool ErrorRing::Put(const daxmend_copy_record& record) {
  uint64_t at = put_.load(std::memory_order_relaxed);
  for (;;) {
    Slot& slot = slots_[at & mask_];
    const uint64_t turn = slot.turn.load(std::memory_order_acquire);
    if (turn == at) {
      if (!put_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed))
        continue;
      slot.record = record;
      slot.turn.store(at + 1, std::memory_order_release);
      return true;
    }
    if (turn < at) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    at = put_.load(std::memory_order_relaxed);
  }
}

bool ErrorRing::Take(daxmend_copy_record* record) {
  uint64_t at = taken_.load(std::memory_order_relaxed);
  for (;;) {
    Slot& slot = slots_[at & mask_];
    const uint64_t turn = slot.turn.load(std::memory_order_acquire);
    if (turn == at + 1) {
      if (!taken_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed))
        continue;
      *record = slot.record;
      slot.turn.store(at + mask_ + 1, std::memory_order_release);
      return true;
    }
    if (turn <= at) return false;
    at = taken_.load(std::memory_order_relaxed);
  }
}

}  // namespace daxmend
