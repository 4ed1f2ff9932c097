// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/mailbox.h"

#include <algorithm>
#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

using std::chrono::milliseconds;

// PCI Express extended capabilities, and the two DVSECs' numbers (CXL 3.1
// §8.1.9).
constexpr uint32_t kFirstExtended = 0x100;
constexpr uint32_t kConfigBytes = 4096;
constexpr uint32_t kDvsec = 0x23;
constexpr uint32_t kCxlVendor = 0x1e98;
constexpr uint32_t kRegisterLocator = 8;
constexpr uint32_t kDeviceRegisters = 3;

// In the mailbox.
constexpr uint64_t kControl = 0x4, kCommand = 0x8, kStatus = 0x10,
                   kBackgroundStatus = 0x18, kPayload = 0x20;
constexpr uint64_t kDoorbell = 1;
constexpr unsigned kLengthShift = 16;
constexpr uint64_t kLengthMask = 0x1f'ffff;
constexpr uint32_t kMostPayload = 1 << 20;
// So many entries have room before the first capability can begin, and more
// than anybody has.
constexpr unsigned kMostCapabilities = 64;

struct Place {
  unsigned bar = 0;
  uint64_t offset = 0;
  bool found = false;
};

// Where the Register Locator says that the device registers are.
Place FindDeviceRegisters(RegisterAccess& registers) {
  unsigned steps = 0;
  for (uint32_t at = kFirstExtended;
       at >= kFirstExtended && at < kConfigBytes && steps++ < 64;) {
    const uint32_t header = registers.Config(at);
    if (header == UINT32_MAX) break;
    if ((header & 0xffff) == kDvsec && at + 12 < kConfigBytes) {
      const uint32_t vendor = registers.Config(at + 4);
      const uint32_t id = registers.Config(at + 8) & 0xffff;
      const uint32_t end = std::min(at + (vendor >> 20), kConfigBytes);
      if ((vendor & 0xffff) == kCxlVendor && id == kRegisterLocator)
        for (uint32_t entry = at + 0xc; entry + 8 <= end; entry += 8) {
          const uint32_t low = registers.Config(entry);
          if ((low >> 8 & 0xff) != kDeviceRegisters) continue;
          return {.bar = low & 7,
                  .offset = (low & 0xffff'0000) |
                            uint64_t{registers.Config(entry + 4)} << 32,
                  .found = true};
        }
    }
    at = header >> 20 & ~3u;
  }
  return {};
}

}  // namespace

Mailbox::Mailbox(RegisterAccess& registers) : registers_(registers) {
  const Place place = FindDeviceRegisters(registers);
  if (place.found) {
    bar_ = place.bar;
    block_ = place.offset;
    const uint64_t bar = registers.BarBytes(bar_);
    block_bytes_ = block_ < bar ? bar - block_ : 0;
  }
  if (block_bytes_ == 0)
    throw Error({.thing = "the device",
                 .cause = "has no CXL device registers to ask by (its Register "
                          "Locator names none)"});
  array_ = Register(0, 8);
  const auto count = std::min<unsigned>(
      static_cast<unsigned>(array_ >> 32 & 0xffff), kMostCapabilities);
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t at = 0x10 + uint64_t{0x10} * i;
    const auto header = static_cast<uint32_t>(Register(at, 4));
    capabilities_.push_back(
        {.id = static_cast<uint16_t>(header & 0xffff),
         .version = static_cast<uint8_t>(header >> 16 & 0xff),
         .offset = static_cast<uint32_t>(Register(at + 4, 4)),
         .bytes = static_cast<uint32_t>(Register(at + 8, 4))});
  }
  place_ = PlaceOf(kMailboxCapability);
  if (place_ == 0 || place_ % 8 != 0 || place_ + kPayload >= block_bytes_)
    throw Error({.thing = "the device",
                 .cause = "has no primary mailbox to ask by (its device "
                          "capabilities array names none)"});
  exponent_ = static_cast<unsigned>(Register(place_, 4) & 0x1f);
  const uint64_t room = block_bytes_ - place_ - kPayload;
  payload_bytes_ = static_cast<uint32_t>(
      std::min({uint64_t{1} << exponent_, room, uint64_t{kMostPayload}}));
}

uint64_t Mailbox::Register(uint64_t offset, unsigned bytes) {
  if (offset > block_bytes_ || bytes > block_bytes_ - offset) return 0;
  return registers_.Read(bar_, block_ + offset, bytes);
}

void Mailbox::SetRegister(uint64_t offset, unsigned bytes, uint64_t value) {
  if (offset > block_bytes_ || bytes > block_bytes_ - offset) return;
  registers_.Write(bar_, block_ + offset, bytes, value);
}

uint64_t Mailbox::PlaceOf(uint16_t id) const {
  for (const DeviceCapability& capability : capabilities_)
    if (capability.id == id) return capability.offset;
  return 0;
}

bool Mailbox::Wait(milliseconds patience) {
  const auto begin = registers_.Now();
  for (;;) {
    // Before the look: this process may be stopped between the two, and the
    // device has answered meanwhile.
    const bool is_last = registers_.Now() - begin >= patience;
    silent_ = Register(place_ + kControl, 4) & kDoorbell;
    if (!silent_) return true;
    if (is_last) return false;
    registers_.Sleep(milliseconds(1));
  }
}

MailboxAnswer Mailbox::Send(MemdevCommand command, std::string_view in,
                            uint64_t length) {
  MailboxAnswer answer;
  // One that is still busy with what it did not answer in time.
  if (!Wait(milliseconds(silent_ ? 0 : 100))) {
    answer.error = EBUSY;
    return answer;
  }
  in = in.substr(0, payload_bytes_);
  for (size_t i = 0; i < in.size(); i += 4) {
    uint32_t word = 0;
    for (size_t j = 0; j < 4 && i + j < in.size(); ++j)
      word |= uint32_t{static_cast<unsigned char>(in[i + j])} << (8 * j);
    SetRegister(place_ + kPayload + i, 4, word);
  }
  if (length == UINT64_MAX) length = in.size();
  SetRegister(place_ + kCommand, 8,
              static_cast<uint64_t>(command) | length << kLengthShift);
  SetRegister(place_ + kControl, 4, kDoorbell);
  if (!Wait(kPatience)) {
    answer.error = ETIMEDOUT;
    return answer;
  }
  last_status_ = Register(place_ + kStatus, 8);
  last_command_ = Register(place_ + kCommand, 8);
  answer.code = static_cast<MemdevCode>(last_status_ >> 32 & 0xffff);
  answer.claimed = last_command_ >> kLengthShift & kLengthMask;
  const uint64_t count = std::min<uint64_t>(answer.claimed, payload_bytes_);
  answer.bytes.reserve(count);
  for (uint64_t i = 0; i < count; i += 4) {
    const uint64_t word = Register(place_ + kPayload + i, 4);
    for (uint64_t j = 0; j < 4 && i + j < count; ++j)
      answer.bytes += static_cast<char>(word >> (8 * j) & 0xff);
  }
  return answer;
}

BackgroundStatus Mailbox::Background() {
  const uint64_t status = Register(place_ + kBackgroundStatus, 8);
  return {.command = static_cast<uint16_t>(status & 0xffff),
          .percent = static_cast<unsigned>(status >> 16 & 0x7f),
          .code = static_cast<MemdevCode>(status >> 32 & 0xffff)};
}

}  // namespace daxmend
