// SPDX-License-Identifier: GPL-2.0-only
//
// The registers of a real PCI function that no driver has, through sysfs:
// its configuration space, and its BARs by mmap(2). Needs root, and a kernel
// that is not locked down.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_PCI_REGISTERS_H_
#define DAXMEND_VALIDATE_MEMDEV_PCI_REGISTERS_H_

#include <map>
#include <string>
#include <string_view>

#include "validate/memdev/register_access.h"

namespace daxmend {

// The Device Serial Number of a configuration space; 0 where it has none.
uint64_t SerialIn(std::string_view config);

class PciRegisters : public RegisterAccess {
 public:
  // `address`: "0000:0d:00.0". Enables the function's memory, until it ends.
  // Throws Error.
  explicit PciRegisters(const std::string& address);
  ~PciRegisters() override;
  PciRegisters(const PciRegisters&) = delete;
  PciRegisters& operator=(const PciRegisters&) = delete;

  // What the function's Device Serial Number capability says; 0 where it has
  // none. Throws Error where its configuration space cannot be read.
  static uint64_t SerialOf(const std::string& address);

  uint32_t Config(uint32_t offset) override;
  uint64_t BarBytes(unsigned bar) override;
  uint64_t Read(unsigned bar, uint64_t offset, unsigned bytes) override;
  void Write(unsigned bar, uint64_t offset, unsigned bytes,
             uint64_t value) override;
  bool Reset() override;
  std::chrono::nanoseconds Now() override;
  void Sleep(std::chrono::milliseconds time) override;

 private:
  struct Bar {
    volatile uint8_t* begin = nullptr;
    uint64_t bytes = 0;
  };
  // Mapped at its first use.
  Bar& At(unsigned bar);

  const std::string place_;  // its directory in sysfs
  std::string config_;
  std::map<unsigned, Bar> bars_;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_PCI_REGISTERS_H_
