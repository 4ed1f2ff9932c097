// SPDX-License-Identifier: GPL-2.0-only
//
// Device registers: the capabilities array and the memory device's status.

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace register_checks {

constexpr char kArea[] = "Registers";
constexpr char kArray[] = "CXL 3.1 §8.2.8.1, §8.2.8.2";
constexpr char kStatus[] = "CXL 3.1 §8.2.8.3";
constexpr char kMemory[] = "CXL 3.1 §8.2.8.5";
constexpr char kMailbox[] = "CXL 3.1 §8.2.8.4";

// Memory Device Status Register.
constexpr uint64_t kFatal = 1 << 0, kFirmwareHalt = 1 << 1;
constexpr unsigned kMediaShift = 2;
constexpr uint64_t kMailboxReady = 1 << 4;

uint64_t MemoryStatus(MemdevProbe& probe) {
  const uint64_t place = probe.mailbox().PlaceOf(kMemoryCapability);
  if (place == 0) probe.Skip("there are no memory device registers (REG-01)");
  return probe.mailbox().Register(place, 8);
}

void ArrayHeader(MemdevProbe& probe) {
  const uint64_t array = probe.mailbox().array();
  probe.Require((array & 0xffff) == 0, "the array's capability id is " +
                                           Hexadecimal(array & 0xffff) +
                                           " instead of 0");
  probe.Require((array >> 16 & 0xff) != 0, "the array's version is 0");
}

void OnceEach(MemdevProbe& probe) {
  for (uint16_t id :
       {kStatusCapability, kMailboxCapability, kMemoryCapability}) {
    const auto count = std::count_if(
        probe.mailbox().capabilities().begin(),
        probe.mailbox().capabilities().end(),
        [&](const DeviceCapability& one) { return one.id == id; });
    probe.Require(count == 1, fmt::format("capability {:#x} is listed {} times",
                                          id, count));
  }
}

void Apart(MemdevProbe& probe) {
  std::vector<DeviceCapability> all = probe.mailbox().capabilities();
  const uint64_t array_end = 0x10 + 0x10 * all.size();
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  uint64_t end = array_end;
  for (const DeviceCapability& one : all) {
    probe.Require(
        one.offset >= end,
        fmt::format("capability {:#x} begins at {:#x}, inside what ends at "
                    "{:#x}",
                    one.id, one.offset, end));
    end = uint64_t{one.offset} + one.bytes;
    probe.Require(
        end <= probe.mailbox().block_bytes(),
        fmt::format("capability {:#x} ends at {:#x}, beyond the BAR's "
                    "{:#x}",
                    one.id, end, probe.mailbox().block_bytes()));
  }
}

void LongEnough(MemdevProbe& probe) {
  for (const DeviceCapability& one : probe.mailbox().capabilities()) {
    uint64_t least = 0;
    if (one.id == kStatusCapability || one.id == kMemoryCapability) least = 8;
    if (one.id == kMailboxCapability)
      least = 0x20 + (uint64_t{1} << probe.mailbox().payload_exponent());
    probe.Require(one.bytes >= least,
                  fmt::format("capability {:#x} has {} bytes of at least {}",
                              one.id, one.bytes, least));
  }
}

void MediaReady(MemdevProbe& probe) {
  const uint64_t media = MemoryStatus(probe) >> kMediaShift & 3;
  probe.Require(media == 1,
                fmt::format("media status {} instead of 1 (ready)", media));
}

void MailboxReady(MemdevProbe& probe) {
  probe.Require(MemoryStatus(probe) & kMailboxReady,
                "the mailbox interfaces are not ready");
}

void NotHalted(MemdevProbe& probe) {
  const uint64_t status = MemoryStatus(probe);
  probe.Require((status & kFatal) == 0, "the device status is fatal");
  probe.Require((status & kFirmwareHalt) == 0, "the firmware is halted");
}

void EventBits(MemdevProbe& probe) {
  const uint64_t place = probe.mailbox().PlaceOf(kStatusCapability);
  if (place == 0) probe.Skip("there is no device status (REG-01)");
  const uint64_t status = probe.mailbox().Register(place, 4);
  // Bit 4 is of dynamic capacity.
  probe.Require((status & ~uint64_t{0x1f}) == 0,
                "the event status has reserved bits: " + Hexadecimal(status));
}

void ReadOnly(MemdevProbe& probe) {
  Mailbox& mailbox = probe.mailbox();
  const uint64_t before = mailbox.Register(mailbox.place(), 4);
  mailbox.SetRegister(mailbox.place(), 4, ~before & 0x1f);
  const uint64_t after = mailbox.Register(mailbox.place(), 4);
  if (after != before) mailbox.SetRegister(mailbox.place(), 4, before);
  probe.Require(after == before,
                "the mailbox capabilities register took a write: " +
                    Hexadecimal(before) + " became " + Hexadecimal(after));
}

}  // namespace register_checks

std::vector<MemdevCheck> RegisterChecks() {
  using namespace register_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"REG-01", "Status, mailbox and memory device are listed once each",
        kArray, kArea},
       kBy,
       OnceEach},
      {{"REG-02", "The capabilities array has its id and a version", kArray,
        kArea},
       kBy,
       ArrayHeader},
      {{"REG-03", "No two capabilities overlap, and none leaves the BAR",
        kArray, kArea},
       kBy,
       Apart},
      {{"REG-04", "Every capability is as long as its registers", kArray,
        kArea},
       kBy,
       LongEnough},
      {{"REG-05", "The media is ready", kMemory, kArea}, kBy, MediaReady},
      {{"REG-06", "The mailbox is ready", kMemory, kArea}, kBy, MailboxReady},
      {{"REG-07", "The device is not fatal, its firmware not halted", kMemory,
        kArea},
       kBy,
       NotHalted},
      {{"REG-08", "The event status has no reserved bits", kStatus, kArea},
       kBy,
       EventBits},
      {{"REG-09", "A read-only register takes no write", kMailbox, kArea},
       kBy,
       ReadOnly},
  };
}

}  // namespace daxmend
