// SPDX-License-Identifier: GPL-2.0-only
//
// Where the bytes of a CXL region are in its devices: DPA <-> offset in the
// region, by our own reckoning. A region gives `granularity` bytes in turn to
// each of its `ways` devices (CXL 3.1 8.2.4.20.13, modulo arithmetic; the
// kernel's cxl_dpa_to_hpa in drivers/cxl/core/region.c, Linux 6.12). HPA, what
// ACPI calls SPA, is the region's beginning and the offset.
//
// Values; pure; thread-safe. Addresses and sizes are bytes.

#ifndef DAXMEND_DEVICE_CXL_ADDRESS_MAP_H_
#define DAXMEND_DEVICE_CXL_ADDRESS_MAP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

// What is listed, injected and cleared at once.
inline constexpr uint64_t kLineBytes = 64;

// A device that a region has a part of.
struct CxlTarget {
  std::string memdev;   // "mem0"; another one after the next boot
  uint64_t serial = 0;  // the same for ever
  DpaRange dpa;         // the part
  bool operator==(const CxlTarget&) const = default;
};

struct CxlPlace {
  size_t target = 0;
  uint64_t dpa = 0;
  bool operator==(const CxlPlace&) const = default;
};

struct CxlAddressMap {
  SpaRange hpa;
  uint64_t granularity = 256;
  std::vector<CxlTarget> targets;  // in the order of their turns

  uint64_t ways() const { return targets.size(); }

  // `offset` lies in the region.
  CxlPlace ToDpa(uint64_t offset) const;
  // The offset of a byte; none where the region does not have it.
  std::optional<uint64_t> ToOffset(const CxlPlace& place) const;
  // The index of the target that is on this device.
  std::optional<size_t> TargetOn(std::string_view memdev) const;

  bool operator==(const CxlAddressMap&) const = default;
};

// Throws Error, with `region` as the thing, for a map that is none: no devices,
// a granularity that is not 256 to 16384, ways that CXL does not have, parts
// that differ in size or do not fill the region.
void RequireReckonable(const CxlAddressMap& map, const std::string& region);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_ADDRESS_MAP_H_
