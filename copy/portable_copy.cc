// SPDX-License-Identifier: GPL-2.0-only
//
// The slow way to copy, for processors without an exception table: each copy
// arms a jump that the SIGBUS handler takes. The signal mask is saved and put
// back, because the handler is left without returning.

#include <csetjmp>
#include <cstdint>
#include <cstring>

#include "copy/fault_fixup.h"
#include "copy/fault_tolerant_copy.h"
#include "core/range.h"

namespace daxmend {
namespace {

// Read by the handler, also of threads that never copied: so they must not be
// allocated at their first use.
[[gnu::tls_model("initial-exec")]] thread_local sigjmp_buf* armed = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool comes_again = false;

// Copies one piece; false when it met a fault. `*done` tells how far it came
// when `bytewise`.
bool CopyPiece(std::byte* to, const std::byte* from, size_t length,
               bool bytewise, volatile size_t* done) {
  sigjmp_buf jump;
  sigjmp_buf* const outer = armed;
  if (sigsetjmp(jump, 1) != 0) {
    armed = outer;
    return false;
  }
  armed = &jump;
  comes_again = !bytewise;
  if (bytewise) {
    auto* source = static_cast<const volatile std::byte*>(from);
    auto* target = static_cast<volatile std::byte*>(to);
    for (size_t i = 0; i < length; ++i) {
      target[i] = source[i];
      *done = i + 1;
    }
  } else {
    std::memcpy(to, from, length);
    // The copy has happened before the jump is disarmed.
    asm volatile("" ::: "memory");
  }
  armed = outer;
  return true;
}

}  // namespace

bool FixUpFault(const siginfo_t&, void*) {
  if (!armed) return false;
  siglongjmp(*armed, 1);
}

bool FaultComesAgain() { return armed && comes_again; }

void ChooseCopy() {}

size_t FaultTolerantCopy(void* to, const void* from, size_t length) {
  auto* target = static_cast<std::byte*>(to);
  auto* source = static_cast<const std::byte*>(from);
  volatile size_t done = 0;
  if (CopyPiece(target, source, length, false, &done)) return 0;
  if (CopyPiece(target, source, length, true, &done)) return 0;
  return length - done;
}

size_t FaultTolerantStore(void* to, const void* from, size_t length) {
  return FaultTolerantCopy(to, from, length);
}

bool StoreIsDurable() { return false; }

const char* CopyMethod() { return "sigsetjmp (slow)"; }

}  // namespace daxmend
