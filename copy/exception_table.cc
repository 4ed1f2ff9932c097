// SPDX-License-Identifier: GPL-2.0-only
//
// The x86-64 copy around its assembly (copy_x86_64.S): which routine, what the
// exception table means, and how a store is made of the parts of a cache line.

#include <ucontext.h>

#include <algorithm>
#include <cstdint>

#include "copy/copy_x86_64.h"
#include "copy/fault_fixup.h"
#include "copy/fault_tolerant_copy.h"
#include "core/range.h"

namespace daxmend {
namespace {

constexpr uint64_t kLine = 64;

using Copy = size_t (*)(void*, const void*, size_t);
using Flush = size_t (*)(const void*, const void*);
Copy copy = DaxmendCopySse2;
Copy stream = DaxmendStream;
Flush flush = DaxmendFlushClflush;

uint64_t Address(const int32_t& distance) {
  return reinterpret_cast<uint64_t>(&distance) +
         static_cast<uint64_t>(static_cast<int64_t>(distance));
}

// How many of the `length` bytes from `begin` on lie in front of `page`;
// `length` when none of them is in it or behind it.
uint64_t InFrontOf(uint64_t page, uint64_t begin, uint64_t length) {
  if (page + kPageBytes <= begin || page >= begin + length) return length;
  return page > begin ? page - begin : 0;
}

bool CpuHas(unsigned leaf, unsigned subleaf, int reg, unsigned bit) {
  unsigned out[4] = {};
  asm("cpuid"
      : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
      : "a"(leaf), "c"(subleaf));
  return (out[reg] >> bit & 1) != 0;
}

}  // namespace

void ChooseCopy() {
  // Intel SDM vol. 2, CPUID: leaf 7 EBX bits 23 and 24. `rep movsb` is not
  // chosen where it is called fast: on an EPYC bench_claims gave 1.05 of
  // memcpy's throughput at 4 KiB and 0.93 at 16 KiB by it, 1.27 and 1.01 by
  // this.
  const bool leaf7 = __builtin_cpu_supports("avx2") != 0;
  if (leaf7) copy = DaxmendCopyAvx, stream = DaxmendStreamAvx;
  if (leaf7 && CpuHas(7, 0, 1, 24))
    flush = DaxmendFlushClwb;
  else if (leaf7 && CpuHas(7, 0, 1, 23))
    flush = DaxmendFlushClflushopt;
}

bool FixUpFault(const siginfo_t& info, void* context) {
  greg_t* regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const auto at = static_cast<uint64_t>(regs[REG_RIP]);
  // The assembler writes entries in the order of their instructions.
  const DaxmendFault* f =
      std::partition_point(__start_daxmend_faults, __stop_daxmend_faults,
                           [at](const DaxmendFault& entry) {
                             return Address(entry.instruction) < at;
                           });
  if (f == __stop_daxmend_faults || Address(f->instruction) != at) return false;
  regs[REG_RIP] = static_cast<greg_t>(Address(f->fix_up));
  if (f->split == 0) return true;
  if (f->split == 2) {
    regs[REG_RSI] += regs[REG_RCX];
    regs[REG_RDI] += regs[REG_RCX];
    regs[REG_RDX] -= regs[REG_RCX];
  }
  // A fault takes a page at least. What lies before it is still to be copied
  // and should not fault again; should it, the fix-up has an
  // entry of its own.
  const uint64_t page =
      reinterpret_cast<uint64_t>(info.si_addr) & ~(kPageBytes - 1);
  const auto length = static_cast<uint64_t>(regs[REG_RDX]);
  const uint64_t before =
      std::min(InFrontOf(page, static_cast<uint64_t>(regs[REG_RSI]), length),
               InFrontOf(page, static_cast<uint64_t>(regs[REG_RDI]), length));
  regs[REG_RCX] = static_cast<greg_t>(before);
  regs[REG_RDX] = static_cast<greg_t>(length - before);
  return true;
}

bool FaultComesAgain() { return false; }

size_t FaultTolerantCopy(void* to, const void* from, size_t length) {
  return copy(to, from, length);
}

namespace {

// A store that begins or ends inside a cache line. Not inlined: a store of
// whole lines saves no registers for it.
[[gnu::noinline]] size_t StoreParts(void* to, const void* from, size_t length) {
  auto* target = static_cast<std::byte*>(to);
  auto* source = static_cast<const std::byte*>(from);
  size_t done = 0;
  // Copies `n` bytes through the cache and writes their lines back.
  auto through_cache = [&](size_t n) {
    const size_t missing = copy(target + done, source + done, n);
    const auto first = reinterpret_cast<uint64_t>(target + done);
    const bool lost = n > missing &&
                      flush(reinterpret_cast<const void*>(first & ~(kLine - 1)),
                            target + done + n - missing) != 0;
    if (!lost) done += n - missing;
    return missing == 0 && !lost;
  };
  const size_t head = std::min<size_t>(
      (kLine - reinterpret_cast<uint64_t>(to) % kLine) % kLine, length);
  const size_t lines = (length - head) & ~(kLine - 1);
  if (head == 0 || through_cache(head)) {
    const size_t missing =
        lines == 0 ? 0 : stream(target + done, source + done, lines);
    done += lines - missing;
    if (missing == 0 && done < length) through_cache(length - done);
  }
  asm volatile("sfence" ::: "memory");
  return length - done;
}

}  // namespace

size_t FaultTolerantStore(void* to, const void* from, size_t length) {
  if (((reinterpret_cast<uint64_t>(to) | length) & (kLine - 1)) != 0)
      [[unlikely]]
    return StoreParts(to, from, length);
  return stream(to, from, length);
}

bool StoreIsDurable() { return true; }

const char* CopyMethod() { return "exception table"; }

}  // namespace daxmend
