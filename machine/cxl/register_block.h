// SPDX-License-Identifier: GPL-2.0-only
//
// A block of registers: bytes, of which the host may change some bits.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_REGISTER_BLOCK_H_
#define DAXMEND_MACHINE_CXL_REGISTER_BLOCK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/cxl/little_endian.h"

namespace daxmend {

class RegisterBlock {
 public:
  explicit RegisterBlock(size_t bytes) : bytes_(bytes), writable_(bytes) {}

  size_t size() const { return bytes_.size(); }
  uint64_t Get(size_t offset, size_t bytes) const {
    return LoadLittle(bytes_, offset, bytes);
  }
  void Set(size_t offset, size_t bytes, uint64_t value) {
    StoreLittle(bytes_, offset, bytes, value);
  }
  // The bits of a register that the host may change.
  void Allow(size_t offset, size_t bytes, uint64_t mask) {
    StoreLittle(writable_, offset, bytes, mask);
  }
  void AllowAll(size_t offset, size_t bytes) {
    std::fill_n(writable_.begin() + static_cast<ptrdiff_t>(offset), bytes,
                std::byte{0xff});
  }
  std::span<std::byte> Part(size_t offset, size_t bytes) {
    return std::span(bytes_).subspan(offset, bytes);
  }

  void Read(size_t offset, std::span<std::byte> to) const {
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), to.size(),
                to.begin());
  }
  void Write(size_t offset, std::span<const std::byte> from) {
    for (size_t i = 0; i < from.size(); ++i) {
      const std::byte mask = writable_[offset + i];
      bytes_[offset + i] = (bytes_[offset + i] & ~mask) | (from[i] & mask);
    }
  }

 private:
  std::vector<std::byte> bytes_, writable_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_REGISTER_BLOCK_H_
