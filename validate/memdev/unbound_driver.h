// SPDX-License-Identifier: GPL-2.0-only
//
// Taking the driver off a CXL memory device, and giving it back.
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_
#define DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_

#include <string>
#include <vector>

namespace daxmend {

// Regions ("region0") that have a decoder of the device.
std::vector<std::string> RegionsOf(const std::string& memdev);
// The PCI function of "mem0": "0000:0d:00.0". Throws Error where it is none.
std::string PciAddressOf(const std::string& memdev);
// Its driver's name; empty where it has none.
std::string DriverOf(const std::string& address);
// Throws Error under lockdown, where nobody may touch registers.
void RequireNoLockdown();
// Throws Error while a region has memory of the device.
void RequireNoRegion(const std::string& memdev);

void UnbindDriver(const std::string& address, const std::string& driver);
// Does nothing where it has one. Throws Error when it cannot be bound.
void BindDriver(const std::string& address, const std::string& driver);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_UNBOUND_DRIVER_H_
