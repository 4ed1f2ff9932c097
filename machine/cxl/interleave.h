// SPDX-License-Identifier: GPL-2.0-only
//
// Where a device's bytes are in the physical addresses that a decoder spreads
// over several devices, by the emulated devices' own reckoning
// (CXL 3.1, 8.2.4.20, modulo arithmetic).
//
// Pure; thread-safe.

#ifndef DAXMEND_MACHINE_CXL_INTERLEAVE_H_
#define DAXMEND_MACHINE_CXL_INTERLEAVE_H_

#include <cstdint>

#include "machine/cxl/component_registers.h"

namespace daxmend {

// The physical address of `dpa`, which lies in `decoder`, of the device at
// `position` of the decoder's ways.
inline uint64_t HpaOf(uint64_t dpa, const HdmDecoder& decoder,
                      uint32_t position) {
  const uint64_t offset = dpa - decoder.dpa;
  const uint64_t turn = offset / decoder.granularity;
  return decoder.base + (turn * decoder.ways + position) * decoder.granularity +
         offset % decoder.granularity;
}

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_INTERLEAVE_H_
