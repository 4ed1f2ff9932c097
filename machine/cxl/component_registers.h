// SPDX-License-Identifier: GPL-2.0-only
//
// The component registers of a CXL memory device (CXL 3.1 8.2.3, 8.2.4): errors
// that never come, and HDM decoders, by which the host says at which physical
// addresses the device's memory is.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_COMPONENT_REGISTERS_H_
#define DAXMEND_MACHINE_CXL_COMPONENT_REGISTERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "machine/cxl/register_block.h"

namespace daxmend {

// An HDM decoder that is committed: physical addresses [base, base + bytes) are
// spread over so many devices, so many bytes to each in turn.
struct HdmDecoder {
  uint64_t base = 0;
  uint64_t bytes = 0;
  uint32_t ways = 1;
  uint32_t granularity = 256;
  uint64_t dpa = 0;  // where its part of the device begins
  bool operator==(const HdmDecoder&) const = default;
};

class ComponentRegisters {
 public:
  explicit ComponentRegisters(size_t bytes) : block_(bytes) { Reset(); }

  const RegisterBlock& block() const { return block_; }
  // As they are when the device has been reset.
  void Reset();
  // By the host. A decoder is committed, or refused, at once.
  void Write(size_t offset, std::span<const std::byte> from);
  // The committed decoder that has `dpa`.
  std::optional<HdmDecoder> DecoderOf(uint64_t dpa) const;

 private:
  RegisterBlock block_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_COMPONENT_REGISTERS_H_
