// SPDX-License-Identifier: GPL-2.0-only
//
// The seam between validation and the machine that has CXL memory devices:
// which there are, which driver has them, and how they are asked. Tests bring
// devices of their own.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_HOST_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_HOST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "validate/memdev/memdev_transport.h"

namespace daxmend {

// A device as the machine has it now.
struct MemdevPlace {
  std::string name;     // "mem0"; empty while cxl_pci does not have it
  std::string address;  // "0000:0d:00.0"; empty where it is no PCI function
  std::string driver;   // of the function; empty where none has it
};

class MemdevHost {
 public:
  virtual ~MemdevHost() = default;

  // The device of that name ("mem0") or serial number ("0xda000001"). Throws
  // Error where there is none, or several have that number.
  virtual MemdevFacts Facts(const std::string& wanted) = 0;
  // Every device with this serial number, those without a driver, too.
  virtual std::vector<MemdevPlace> Find(uint64_t serial) = 0;
  // Throws Error where its memory is in use (unbound_driver.h), or registers
  // may not be touched.
  virtual void RequireUnused(const std::string& name, bool written) = 0;
  virtual void RequireNoLockdown() = 0;

  virtual std::unique_ptr<MemdevTransport> ByKernel(
      const MemdevFacts& facts) = 0;
  // No driver may have it until what is returned is gone.
  virtual std::unique_ptr<MemdevTransport> Directly(
      const MemdevFacts& facts, const std::string& address) = 0;
  // Throw Error.
  virtual void Unbind(const std::string& address,
                      const std::string& driver) = 0;
  virtual void Bind(const std::string& address, const std::string& driver) = 0;
};

// That of this machine. Needs root.
std::unique_ptr<MemdevHost> ThisMachinesMemdevs();

// The one device with this serial number. Throws Error where there is none, or
// where the number says nothing: 0, or that of several.
MemdevPlace OnlyPlaceOf(MemdevHost& host, uint64_t serial);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_HOST_H_
