// SPDX-License-Identifier: GPL-2.0-only

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "copy/fault_hooks.h"
#include "copy/fault_tolerant_copy.h"
#include "libcopy/daxmend_copy.h"
#include "libcopy/error_ring.h"

struct daxmend_copy_ring {
  uintptr_t begin, end;
  daxmend::ErrorRing* records;
};

namespace daxmend {
namespace {

constexpr size_t kHandlers = 16;
constexpr size_t kRings = 64;
constexpr size_t kMostRecords = 1 << 20;

// Written under the lock, read by signal handlers, which may see one that is
// being changed: it has another `order` behind it than before it then, or none.
struct HandlerSlot {
  std::atomic<uint64_t> order;  // the newest has the highest; 0: not in use
  std::atomic<daxmend_copy_handler> handler;
  std::atomic<void*> data;
};
HandlerSlot handlers[kHandlers];
uint64_t last_order = 0;
std::atomic<daxmend_copy_ring*> rings[kRings];
std::atomic<size_t> rings_end;  // behind the last that was ever in use
pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

daxmend_copy_fault Describe(const siginfo_t& info) {
  const bool poison = info.si_code == BUS_MCEERR_AR;
  return {.address = info.si_addr,
          .length = poison ? size_t{1} << (info.si_addr_lsb & 63) : 1,
          .error = poison ? EHWPOISON : EFAULT};
}

void Met(const siginfo_t& info) {
  const auto address = reinterpret_cast<uintptr_t>(info.si_addr);
  daxmend_copy_record record = {};
  for (size_t i = rings_end.load(std::memory_order_acquire); i-- > 0;) {
    const daxmend_copy_ring* ring = rings[i].load(std::memory_order_acquire);
    if (!ring || address < ring->begin || address >= ring->end) continue;
    if (record.when == 0) {
      const daxmend_copy_fault fault = Describe(info);
      timespec now = {};
      clock_gettime(CLOCK_MONOTONIC, &now);
      record = {.address = fault.address,
                .length = fault.length,
                .error = fault.error,
                .thread = static_cast<pid_t>(syscall(SYS_gettid)),
                .when = static_cast<uint64_t>(now.tv_sec) * 1000000000 +
                        static_cast<uint64_t>(now.tv_nsec)};
    }
    ring->records->Put(record);
  }
}

// The newest handler that is older than `*order`, which becomes its own. Null
// when there is none.
daxmend_copy_handler Older(uint64_t* order, void** data) {
  daxmend_copy_handler found = nullptr;
  uint64_t newest = 0;
  for (const HandlerSlot& slot : handlers) {
    const uint64_t of_slot = slot.order.load(std::memory_order_acquire);
    if (of_slot >= *order || of_slot <= newest) continue;
    const daxmend_copy_handler handler = slot.handler;
    void* const its_data = slot.data;
    if (slot.order != of_slot) continue;
    newest = of_slot;
    found = handler;
    *data = its_data;
  }
  *order = newest;
  return found;
}

bool Foreign(siginfo_t* info, void* context) {
  const daxmend_copy_fault fault = Describe(*info);
  uint64_t order = UINT64_MAX;
  void* data = nullptr;
  while (const daxmend_copy_handler handler = Older(&order, &data))
    if (handler(&fault, info, context, data) != 0) return true;
  return false;
}

HandlerSlot* SlotOf(daxmend_copy_handler handler, const void* data) {
  for (HandlerSlot& slot : handlers)
    if (slot.order != 0 && slot.handler == handler && slot.data == data)
      return &slot;
  return nullptr;
}

// A child has only the thread that forked, which may not find the lock held.
void Lock() { pthread_mutex_lock(&changing); }
void Unlock() { pthread_mutex_unlock(&changing); }
class Locked {
 public:
  Locked() { Lock(); }
  ~Locked() { Unlock(); }
};

}  // namespace
}  // namespace daxmend

using daxmend::ErrorRing;

int daxmend_copy_init() {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] {
    pthread_atfork(daxmend::Lock, daxmend::Unlock, daxmend::Unlock);
  });
  return -daxmend::InstallFaultHandler(
      {.met = daxmend::Met, .foreign = daxmend::Foreign});
}

int daxmend_copy_check() { return -daxmend::CheckFaultHandler(); }

size_t daxmend_copy(void* to, const void* from, size_t length) {
  return daxmend::FaultTolerantCopy(to, from, length);
}

size_t daxmend_copy_durable(void* to, const void* from, size_t length) {
  return daxmend::FaultTolerantStore(to, from, length);
}

int daxmend_copy_is_durable() { return daxmend::StoreIsDurable() ? 1 : 0; }

const char* daxmend_copy_method() { return daxmend::CopyMethod(); }

daxmend_copy_fault daxmend_copy_last_fault() {
  const daxmend::CopyFault fault = daxmend::LastCopyFault();
  return {.address = fault.address,
          .length = fault.length,
          .error = !fault.address ? 0
                   : fault.poison ? EHWPOISON
                                  : EFAULT};
}

int daxmend_copy_add_handler(daxmend_copy_handler handler, void* data) {
  if (!handler) return -EINVAL;
  const daxmend::Locked locked;
  if (daxmend::SlotOf(handler, data)) return -EEXIST;
  for (daxmend::HandlerSlot& slot : daxmend::handlers) {
    if (slot.order != 0) continue;
    slot.handler = handler;
    slot.data = data;
    slot.order = ++daxmend::last_order;
    return 0;
  }
  return -ENOSPC;
}

int daxmend_copy_remove_handler(daxmend_copy_handler handler, void* data) {
  const daxmend::Locked locked;
  daxmend::HandlerSlot* slot = daxmend::SlotOf(handler, data);
  if (!slot) return -ENOENT;
  slot->order = 0;
  return 0;
}

daxmend_copy_ring* daxmend_copy_ring_new(const void* address, size_t length,
                                         size_t records) {
  const auto begin = reinterpret_cast<uintptr_t>(address);
  if (length == 0 || begin + length < begin || records == 0 ||
      records > daxmend::kMostRecords) {
    errno = EINVAL;
    return nullptr;
  }
  auto* ring =
      static_cast<daxmend_copy_ring*>(std::malloc(sizeof(daxmend_copy_ring)));
  ErrorRing* queue = ErrorRing::Make(std::bit_ceil(records));
  if (ring && queue) {
    *ring = {.begin = begin, .end = begin + length, .records = queue};
    const daxmend::Locked locked;
    for (size_t i = 0; i < daxmend::kRings; ++i)
      if (!daxmend::rings[i]) {
        daxmend::rings[i] = ring;
        if (i >= daxmend::rings_end) daxmend::rings_end = i + 1;
        return ring;
      }
  }
  const int error = ring && queue ? ENOSPC : ENOMEM;
  ErrorRing::Free(queue);
  std::free(ring);
  errno = error;
  return nullptr;
}

void daxmend_copy_ring_free(daxmend_copy_ring* ring) {
  if (!ring) return;
  {
    const daxmend::Locked locked;
    for (auto& slot : daxmend::rings)
      if (slot == ring) slot = nullptr;
  }
  ErrorRing::Free(ring->records);
  std::free(ring);
}

size_t daxmend_copy_ring_take(daxmend_copy_ring* ring,
                              daxmend_copy_record* records, size_t count) {
  size_t taken = 0;
  while (taken < count && ring->records->Take(&records[taken])) ++taken;
  return taken;
}

uint64_t daxmend_copy_ring_lost(const daxmend_copy_ring* ring) {
  return ring->records->lost();
}
