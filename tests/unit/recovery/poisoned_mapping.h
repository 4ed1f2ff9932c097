// SPDX-License-Identifier: GPL-2.0-only
//
// A mapped memfd whose pages can be poisoned, for tests of mapped access.

#ifndef DAXMEND_TESTS_UNIT_RECOVERY_POISONED_MAPPING_H_
#define DAXMEND_TESTS_UNIT_RECOVERY_POISONED_MAPPING_H_

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>

#include "core/range.h"
#include "inject/methods/userfault_poison.h"
#include "system/file_descriptor.h"

namespace daxmend {

class PoisonedMapping {
 public:
  // Byte i holds Pattern(i).
  explicit PoisonedMapping(size_t pages)
      : size_(pages * kPageBytes), fd_(memfd_create("poisoned", MFD_CLOEXEC)) {
    EXPECT_EQ(ftruncate(fd_.get(), static_cast<off_t>(size_)), 0);
    void* at =
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    EXPECT_NE(at, MAP_FAILED);
    begin_ = static_cast<std::byte*>(at);
    for (size_t i = 0; i < size_; ++i) begin_[i] = Pattern(i);
  }
  ~PoisonedMapping() { munmap(begin_, size_); }
  PoisonedMapping(const PoisonedMapping&) = delete;
  PoisonedMapping& operator=(const PoisonedMapping&) = delete;

  static std::byte Pattern(size_t i) {
    return static_cast<std::byte>(i * 31 + i / 251);
  }
  std::byte* begin() const { return begin_; }
  std::byte* page(size_t i) const { return begin_ + i * kPageBytes; }

  // Throws Error on kernels that cannot (before 6.6).
  void Poison(size_t page_number) {
    PoisonMappedPages({page(page_number), kPageBytes});
  }
  void Heal(size_t page_number) {
    madvise(page(page_number), kPageBytes, MADV_DONTNEED);
  }

 private:
  size_t size_;
  FileDescriptor fd_;
  std::byte* begin_;
};

// Can this kernel poison mapped pages?
inline bool KernelPoisonsMappings() try {
  PoisonedMapping(1).Poison(0);
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECOVERY_POISONED_MAPPING_H_
