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
#include <string>

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
  // "1 sector", "3 sectors".
  std::string Count(uint64_t n) const {
    return std::to_string(n) + " " + name + (n == 1 ? "" : "s");
  }
  bool operator==(const DeviceUnits& other) const {
    return error_bytes == other.error_bytes &&
           repair_bytes == other.repair_bytes;
  }
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_UNITS_H_
