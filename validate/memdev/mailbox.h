// SPDX-License-Identifier: GPL-2.0-only
//
// A CXL memory device's registers and its primary mailbox (CXL 3.1 §8.2.8),
// driven from user space while no driver has them. Nothing that the device says
// of lengths and places is believed beyond the BAR that it has.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MAILBOX_H_
#define DAXMEND_VALIDATE_MEMDEV_MAILBOX_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "validate/memdev/memdev_command.h"
#include "validate/memdev/register_access.h"

namespace daxmend {

// An entry of the device capabilities array.
struct DeviceCapability {
  uint16_t id = 0;
  uint8_t version = 0;
  uint32_t offset = 0, bytes = 0;  // in the block of device registers
};
inline constexpr uint16_t kStatusCapability = 0x1;
inline constexpr uint16_t kMailboxCapability = 0x2;
inline constexpr uint16_t kMemoryCapability = 0x4000;

struct MailboxAnswer {
  // errno of why nothing was sent or no answer came: ETIMEDOUT when the
  // doorbell stays set; 0 when the device answered.
  int error = 0;
  MemdevCode code = MemdevCode::kNone;
  std::string bytes;     // as many as there is room for
  uint64_t claimed = 0;  // how many the device says there are
};

struct BackgroundStatus {
  uint16_t command = 0;
  unsigned percent = 0;
  MemdevCode code = MemdevCode::kSuccess;
};

class Mailbox {
 public:
  // How long the kernel waits, too (CXL_MAILBOX_TIMEOUT_MS,
  // drivers/cxl/pci.c, Linux 6.12).
  static constexpr std::chrono::milliseconds kPatience{2000};

  // Throws Error where the function has no device registers, or no mailbox
  // among them.
  explicit Mailbox(RegisterAccess& registers);

  RegisterAccess& registers() { return registers_; }
  // Of the block of device registers.
  uint64_t block_bytes() const { return block_bytes_; }
  // The array's own header, and what it lists.
  uint64_t array() const { return array_; }
  const std::vector<DeviceCapability>& capabilities() const {
    return capabilities_;
  }
  // 1, 4 or 8 bytes of the block; 0 beyond its end.
  uint64_t Register(uint64_t offset, unsigned bytes);
  void SetRegister(uint64_t offset, unsigned bytes, uint64_t value);
  // Where the first capability with this id begins; 0 where there is none.
  uint64_t PlaceOf(uint16_t id) const;
  uint64_t place() const { return place_; }

  // As the capabilities register has it: 2 to the power of this.
  unsigned payload_exponent() const { return exponent_; }
  // What is used: as much of that as there are registers for.
  uint32_t payload_bytes() const { return payload_bytes_; }

  // `length`: what the command register is told where that is not in.size().
  MailboxAnswer Send(MemdevCommand command, std::string_view in,
                     uint64_t length = UINT64_MAX);
  // The command register after the last command.
  uint64_t last_command() const { return last_command_; }
  // The mailbox status register after the last command.
  uint64_t last_status() const { return last_status_; }
  BackgroundStatus Background();
  // Whether the doorbell was still set when it was last looked at.
  bool silent() const { return silent_; }

 private:
  bool Wait(std::chrono::milliseconds patience);

  RegisterAccess& registers_;
  unsigned bar_ = 0;
  uint64_t block_ = 0, block_bytes_ = 0;
  uint64_t array_ = 0;
  std::vector<DeviceCapability> capabilities_;
  uint64_t place_ = 0;
  unsigned exponent_ = 0;
  uint32_t payload_bytes_ = 0;
  uint64_t last_command_ = 0, last_status_ = 0;
  bool silent_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MAILBOX_H_
