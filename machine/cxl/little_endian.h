// SPDX-License-Identifier: GPL-2.0-only
//
// Little-endian numbers in registers, payloads and tables, whatever the host's
// byte order and alignment.
//
// Thread-safe. Offsets and sizes are bytes; the caller keeps them inside.

#ifndef DAXMEND_MACHINE_CXL_LITTLE_ENDIAN_H_
#define DAXMEND_MACHINE_CXL_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace daxmend {

// The number in `bytes` bytes (at most 8) at `offset`.
inline uint64_t LoadLittle(std::span<const std::byte> from, size_t offset,
                           size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | std::to_integer<uint64_t>(from[offset + i]);
  return value;
}

inline void StoreLittle(std::span<std::byte> to, size_t offset, size_t bytes,
                        uint64_t value) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8)
    to[offset + i] = static_cast<std::byte>(value & 0xff);
}

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_LITTLE_ENDIAN_H_
