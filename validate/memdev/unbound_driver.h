// SPDX-License-Identifier: GPL-2.0-only
//
// Taking the driver off a CXL memory device, and giving it back.
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_
#define DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "device/cxl/region_facts.h"

namespace daxmend {

// What maps a device's memory to physical addresses.
struct MemdevDecoder {
  std::string name;    // "decoder3.0"
  std::string region;  // "region0"; empty where it belongs to none
  uint64_t bytes = 0;  // of physical addresses; 0 when nothing is mapped
};
// Those of the device's endpoint. Throws Error, or fs::filesystem_error, where
// what they say cannot be read.
std::vector<MemdevDecoder> DecodersOf(const std::string& memdev,
                                      const CxlPlaces& places = {});
// The PCI function of "mem0": "0000:0d:00.0"; empty where it is none.
std::string PciAddressOf(const std::string& memdev);
// The PCI functions that are CXL memory devices, with a driver or without.
std::vector<std::string> CxlFunctions();
// Its driver's name; empty where it has none.
std::string DriverOf(const std::string& address);
// Throws Error under lockdown, where nobody may touch registers.
void RequireNoLockdown();
// Throws Error while a region has memory of the device, the firmware has mapped
// it, or, where it is going to be `written`, nobody can say.
void RequireUnused(const std::string& memdev, bool written,
                   const CxlPlaces& places = {});

void UnbindDriver(const std::string& address, const std::string& driver);
// Does nothing where it has one. Throws Error when it cannot be bound.
void BindDriver(const std::string& address, const std::string& driver);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_
