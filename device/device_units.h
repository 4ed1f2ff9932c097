// SPDX-License-Identifier: GPL-2.0-only
//
// The units in which a device's errors come and go: 512-byte sectors, made good
// by pages, where the kernel keeps a list of bad sectors (fsdax on an NVDIMM);
// 64-byte lines on CXL memory (CXL 3.1 §8.2.9.9.4).
//
// Values; thread-safe.

#ifndef DAXMEND_DEVICE_DEVICE_UNITS_H_
#define DAXMEND_DEVICE_DEVICE_UNITS_H_

#include <cstdint>

#include "core/range.h"

namespace daxmend {

struct DeviceUnits {
  // What is poisoned, and listed, at least. A power of two.
  uint64_t error_bytes = kSectorBytes;
  // What is made good at once, at least: whole units.
  uint64_t repair_bytes = kPageBytes;
  // One of them, for people: "sector".
  const char* name = "sector";

  uint64_t in_repair() const { return repair_bytes / error_bytes; }
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_UNITS_H_
