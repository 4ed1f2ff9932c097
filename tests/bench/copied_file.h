// SPDX-License-Identifier: GPL-2.0-only
//
// A file of shared memory, which is what DAX is closest to, to be copied out of
// its mapping or by PMDK's call that outlives poison,
// pmem2_source_pread_mcsafe() (libpmem2 1.12: of a file it is pread(); of
// device DAX it is a memcpy behind a sigsetjmp, out of a mapping that it makes
// and removes).

#ifndef DAXMEND_TESTS_BENCH_COPIED_FILE_H_
#define DAXMEND_TESTS_BENCH_COPIED_FILE_H_

#ifdef DAXMEND_HAVE_PMEM2
#include <libpmem2.h>
#endif
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

class CopiedFile {
 public:
  static constexpr size_t kBytes = size_t{4} << 20;

  CopiedFile() : file_(memfd_create("copied", MFD_CLOEXEC)) {
    if (ftruncate(file_.get(), kBytes) != 0) std::abort();
    from_ = Map(MAP_SHARED, file_.get());
    // At a page's beginning, as the source: memcpy can take 20 times as long
    // for one some bytes behind it.
    to_ = Map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (size_t i = 0; i < kBytes; ++i) from_[i] = to_[i] = std::byte{1};
#ifdef DAXMEND_HAVE_PMEM2
    if (pmem2_source_from_fd(&source_, file_.get()) != 0)
      refusal_ = pmem2_errormsg();
#else
    refusal_ = "built without libpmem2 (apt install libpmem2-dev)";
#endif
  }
  ~CopiedFile() {
#ifdef DAXMEND_HAVE_PMEM2
    if (source_) pmem2_source_delete(&source_);
#endif
    munmap(from_, kBytes);
    munmap(to_, kBytes);
  }
  CopiedFile(const CopiedFile&) = delete;
  CopiedFile& operator=(const CopiedFile&) = delete;

  const std::byte* from() const { return from_; }
  std::byte* to() { return to_; }

  // Why PMDK's call cannot be asked; empty where it can.
  const std::string& refusal() const { return refusal_; }
  // 0 when `length` bytes were copied.
  int PreadMcsafe([[maybe_unused]] size_t length) {
#ifdef DAXMEND_HAVE_PMEM2
    return pmem2_source_pread_mcsafe(source_, to_, length, 0);
#else
    return -1;
#endif
  }

 private:
  static std::byte* Map(int flags, int fd) {
    void* at = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                    flags | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) std::abort();
    return static_cast<std::byte*>(at);
  }

  const FileDescriptor file_;
  std::byte* from_;
  std::byte* to_;
  std::string refusal_;
#ifdef DAXMEND_HAVE_PMEM2
  pmem2_source* source_ = nullptr;
#endif
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_BENCH_COPIED_FILE_H_
