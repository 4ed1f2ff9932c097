// SPDX-License-Identifier: GPL-2.0-only
//
// Poison without an NVDIMM, without privilege: pages of this process's own
// mapping that answer with SIGBUS, by UFFDIO_POISON (Linux 6.6,
// mm/userfaultfd.c mfill_atomic_pte_poison). The mapping is of tmpfs, a memfd
// or anonymous memory. Only this mapping is poisoned: the file keeps its bytes,
// system calls on the file see them, and others that map it do.
//
// madvise(MADV_DONTNEED) on a page takes its poison away.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_METHODS_USERFAULT_POISON_H_
#define DAXMEND_INJECT_METHODS_USERFAULT_POISON_H_

#include <cstddef>
#include <span>

namespace daxmend {

// Poisons the whole pages `pages` of a mapping. Throws Error: naming the kernel
// that is too old, or the memory that userfaultfd does not take.
void PoisonMappedPages(std::span<std::byte> pages);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_USERFAULT_POISON_H_
