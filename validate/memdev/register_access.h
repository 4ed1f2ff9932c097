// SPDX-License-Identifier: GPL-2.0-only
//
// The seam between our own mailbox code and a PCI function: its configuration
// space, the registers behind its BARs, and its reset. Real functions are in
// pci_registers.h; tests bring a device model.
//
// Times are of a clock that only has to go forward. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_REGISTER_ACCESS_H_
#define DAXMEND_VALIDATE_MEMDEV_REGISTER_ACCESS_H_

#include <chrono>
#include <cstdint>

namespace daxmend {

class RegisterAccess {
 public:
  virtual ~RegisterAccess() = default;

  // Four bytes at `offset`, a multiple of four below 4,096.
  virtual uint32_t Config(uint32_t offset) = 0;
  // 0 where there is no such BAR.
  virtual uint64_t BarBytes(unsigned bar) = 0;
  // 1, 4 or 8 bytes at a multiple of that, inside the BAR.
  virtual uint64_t Read(unsigned bar, uint64_t offset, unsigned bytes) = 0;
  virtual void Write(unsigned bar, uint64_t offset, unsigned bytes,
                     uint64_t value) = 0;
  // Resets the function. False where it cannot be reset alone.
  virtual bool Reset() = 0;

  virtual std::chrono::nanoseconds Now() = 0;
  virtual void Sleep(std::chrono::milliseconds time) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_REGISTER_ACCESS_H_
