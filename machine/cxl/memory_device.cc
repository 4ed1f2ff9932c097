// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/memory_device.h"

#include <bit>
#include <utility>

namespace daxmend {
namespace {

constexpr uint32_t kComponentBar = 0;
constexpr uint32_t kDeviceBar = 2;
constexpr size_t kConfigBytes = 4096;
constexpr size_t kBarBytes = size_t{64} << 10;

// PCI (include/uapi/linux/pci_regs.h). The identifiers are those of QEMU's
// CXL device, so that what knows that by them knows this.
constexpr uint16_t kVendor = 0x8086;
constexpr uint16_t kDevice = 0x0d93;
constexpr uint16_t kCxlVendor = 0x1e98;
constexpr size_t kExpressOffset = 0x40;
constexpr size_t kMsiOffset = 0x80;
constexpr size_t kSerialOffset = 0x100;
constexpr size_t kCxlDvsecOffset = 0x110;
constexpr size_t kCxlDvsecBytes = 0x3c;
constexpr size_t kLocatorOffset = 0x150;
constexpr size_t kLocatorBytes = 0x1c;

// Device registers (CXL 3.1 8.2.8).
constexpr size_t kEventStatus = 0x80;
constexpr size_t kMailbox = 0x100;
constexpr size_t kMemoryStatus = 0x2000;
constexpr size_t kMailboxControl = kMailbox + 0x4;
constexpr size_t kMailboxCommand = kMailbox + 0x8;
constexpr size_t kMailboxStatus = kMailbox + 0x10;
constexpr size_t kBackground = kMailbox + 0x18;
constexpr size_t kMailboxPayload = kMailbox + 0x20;
constexpr uint32_t kDoorbell = 1;

uint64_t Dvsec(size_t bytes, unsigned revision) {
  return kCxlVendor | uint64_t{revision} << 16 | uint64_t{bytes} << 20;
}

}  // namespace

MemoryDevice::MemoryDevice(const CxlDeviceParameters& parameters, Store store)
    : faults_(parameters.faults),
      commands_(
          parameters,
          [this, store = std::move(store)](uint64_t dpa, const CxlLine& line) {
            store(dpa, DecoderOf(dpa), line);
          }),
      config_(kConfigBytes),
      device_(kBarBytes),
      component_(kBarBytes) {
  commands_.OnEvent([this](uint32_t vector) {
    if (vector < raise_.size() && raise_[vector]) raise_[vector]();
  });
  FillConfig();
  Reset();
  SetFaults(parameters.faults);
}

void MemoryDevice::SetFaults(const CxlFaults& faults) {
  faults_ = faults;
  looks_ = 0;
  commands_.SetFaults(faults);
  wrong_.clear();
  for (size_t i = 0; i < faults.answers.size(); ++i)
    wrong_.push_back(
        {.right = [this, i](uint16_t opcode,
                            CxlInput in) { return Run(i + 1, opcode, in); },
         .bytes = commands_.parameters().bytes});
  FillDevice();
  device_.Set(kEventStatus, 4, commands_.EventStatus());
}

void MemoryDevice::FillConfig() {
  RegisterBlock& c = config_;
  c.Set(0x00, 2, kVendor);
  c.Set(0x02, 2, kDevice);
  c.Allow(0x04, 2, 0x0546);
  c.Set(0x06, 2, 0x10);         // it has capabilities
  c.Set(0x08, 4, 0x050210'01);  // memory, CXL, its programming interface
  c.Allow(0x0c, 1, 0xff);
  // QEMU gives the BARs their addresses; what kind they are it asks here.
  for (size_t bar : {size_t{kComponentBar}, size_t{kDeviceBar}})
    c.Set(0x10 + 4 * bar, 4, 0x4);
  c.AllowAll(0x10, 24);
  c.Set(0x2c, 2, 0x1af4);
  c.Set(0x2e, 2, 0x1100);
  c.Set(0x34, 1, kExpressOffset);
  c.Allow(0x3c, 1, 0xff);

  const bool interrupts = Interrupts() != 0;
  c.Set(kExpressOffset, 1, 0x10);
  c.Set(kExpressOffset + 1, 1, interrupts ? kMsiOffset : 0);
  c.Set(kExpressOffset + 2, 2, 2);                    // version 2, endpoint
  c.Set(kExpressOffset + 4, 4, 1u << 15 | 1u << 28);  // can be reset
  c.Allow(kExpressOffset + 8, 2, 0xffff);
  c.Set(kExpressOffset + 12, 4, 0x105);
  if (interrupts) {
    c.Set(kMsiOffset, 1, 0x05);
    c.Set(kMsiOffset + 2, 2,
          static_cast<uint64_t>(std::countr_zero(kVectors)) << 1 | 1u << 7);
    c.Allow(kMsiOffset + 2, 2, 0x71);
    c.AllowAll(kMsiOffset + 4, 10);
  }

  c.Set(kSerialOffset, 4, 0x3 | 1u << 16 | kCxlDvsecOffset << 20);
  c.Set(kSerialOffset + 4, 8, commands_.parameters().serial);

  // PCIe DVSEC for CXL Devices: what it can, and one range of memory.
  size_t at = kCxlDvsecOffset;
  const uint64_t bytes = commands_.parameters().bytes;
  constexpr uint16_t kIo = 1 << 1, kMemory = 1 << 2, kMemoryIsReady = 1 << 3,
                     kOneRange = 1 << 4;
  c.Set(at, 4, 0x23 | 1u << 16 | kLocatorOffset << 20);
  c.Set(at + 4, 4, Dvsec(kCxlDvsecBytes, 1));
  c.Set(at + 0xa, 2, kIo | kMemory | kMemoryIsReady | kOneRange);
  c.Allow(at + 0xc, 2, kMemory);
  c.Set(at + 0x18, 4, bytes >> 32);
  // Valid, active, and whose media is told by the device's own tables.
  c.Set(at + 0x1c, 4, (bytes & 0xf000'0000) | 0x3 | 2u << 2);
  c.AllowAll(at + 0x20, 4);
  c.Allow(at + 0x24, 4, 0xf000'0000);

  // Register Locator: kinds 1 (component) and 3 (device).
  at = kLocatorOffset;
  c.Set(at, 4, 0x23 | 1u << 16);
  c.Set(at + 4, 4, Dvsec(kLocatorBytes, 0));
  c.Set(at + 8, 2, 8);
  c.Set(at + 0xc, 4, kComponentBar | 1u << 8);
  c.Set(at + 0x14, 4, kDeviceBar | 3u << 8);
}

void MemoryDevice::FillDevice() {
  device_ = RegisterBlock(kBarBytes);
  RegisterBlock& d = device_;
  const size_t payload =
      Has(CxlFault::kPayloadOf256) ? 256 : commands_.parameters().payload_bytes;
  struct Capability {
    uint16_t id;
    size_t offset, bytes;
  };
  const Capability capabilities[] = {
      {0x1, kEventStatus, 8},
      {static_cast<uint16_t>(Has(CxlFault::kStatusListedTwice) ? 0x1 : 0xffff),
       kEventStatus + 0x10, 8},
      {0x2, kMailbox,
       Has(CxlFault::kMailboxCapabilityShort) ? 0x20 : 0x20 + payload},
      {0x4000,
       Has(CxlFault::kCapabilitiesOverlap) ? kMailbox + 0x40 : kMemoryStatus,
       8}};
  size_t at = 0x10, count = 0;
  for (const Capability& capability : capabilities) {
    if (capability.id == 0xffff) continue;
    d.Set(at, 4, capability.id | 1u << 16);
    d.Set(at + 4, 4, capability.offset);
    d.Set(at + 8, 4, capability.bytes);
    at += 0x10;
    ++count;
  }
  const uint64_t version = Has(CxlFault::kArrayVersionZero) ? 0 : 1u << 16;
  d.Set(0, 8, 0 | version | uint64_t{count} << 32);
  d.Set(kMailbox, 4,
        Has(CxlFault::kPayloadOf128)
            ? 7
            : static_cast<uint64_t>(std::countr_zero(payload)));
  if (Has(CxlFault::kCapabilitiesWritable)) d.AllowAll(kMailbox, 4);
  d.Allow(kMailboxControl, 4, kDoorbell);
  d.AllowAll(kMailboxCommand, 8);
  d.AllowAll(kMailboxPayload, payload);
  const uint64_t halted = Has(CxlFault::kFirmwareHalted) ? 1u << 1 : 0;
  const uint64_t media = Has(CxlFault::kMediaNotReady) ? 0 : 1u << 2;
  const uint64_t ready = Has(CxlFault::kMailboxNotReady) ? 0 : 1u << 4;
  if (!Has(CxlFault::kCapabilitiesOverlap))
    d.Set(kMemoryStatus, 8, halted | media | ready);
}

void MemoryDevice::Reset() {
  // A command that was not answered yet never is.
  looks_ = 0;
  component_.Reset();
  // A driver finds memory that is enabled and has no decoder to be wrong: CXL
  // Control, and the base of its range.
  config_.Set(kCxlDvsecOffset + 0xc, 2, 0);
  config_.Set(kCxlDvsecOffset + 0x20, 8, 0);
  FillDevice();
  commands_.Reset();
  for (WrongDevice& wrong : wrong_) ++wrong.resets;
  if (Has(CxlFault::kResetNotReady)) device_.Set(kMemoryStatus, 8, 0);
  // Nobody could select another fault of a device that does not answer.
  if (faults_.by_command && (Has(CxlFault::kNeverAnswers)))
    SetFaults({.by_command = true});
  device_.Set(kEventStatus, 4, commands_.EventStatus());
}

const RegisterBlock* MemoryDevice::Region(uint32_t region) const {
  switch (region) {
    case kComponentBar:
      return &component_.block();
    case kDeviceBar:
      return &device_;
    case kConfigRegion:
      return &config_;
    default:
      return nullptr;
  }
}

uint64_t MemoryDevice::RegionBytes(uint32_t region) const {
  if (region == kConfigRegion) return kConfigBytes;
  return region == kComponentBar || region == kDeviceBar ? kBarBytes : 0;
}

void MemoryDevice::Read(uint32_t region, uint64_t offset,
                        std::span<std::byte> to) {
  if (region == kDeviceBar) {
    const uint64_t end = offset + to.size();
    if (offset < kBackground + 8 && end > kBackground) Refresh();
    if (offset <= kMailboxControl && end > kMailboxControl && looks_ != 0 &&
        --looks_ == 0)
      Answer();
  }
  if (const RegisterBlock* block = Region(region)) block->Read(offset, to);
}

void MemoryDevice::Write(uint32_t region, uint64_t offset,
                         std::span<const std::byte> from) {
  switch (region) {
    case kComponentBar:
      component_.Write(offset, from);
      break;
    case kDeviceBar:
      device_.Write(offset, from);
      AfterDeviceWrite();
      break;
    case kConfigRegion:
      config_.Write(offset, from);
      AfterConfigWrite();
      break;
    default:
      break;
  }
}

// Initiate Function Level Reset, of the PCI Express capability.
void MemoryDevice::AfterConfigWrite() {
  constexpr size_t kDeviceControl = kExpressOffset + 8;
  constexpr uint64_t kInitiate = 1u << 15;
  const uint64_t control = config_.Get(kDeviceControl, 2);
  if ((control & kInitiate) == 0) return;
  config_.Set(kDeviceControl, 2, control & ~kInitiate);
  Reset();
}

void MemoryDevice::Refresh() {
  uint64_t status = commands_.PollBackground();
  if (Has(CxlFault::kScanNeverEnds) && (status & 0xffff) != 0)
    status = (status & 0xffff) | uint64_t{50} << 16;
  if (Has(CxlFault::kScanGoesBack) && (status >> 16 & 0x7f) == 75)
    status = (status & 0xffff) | uint64_t{10} << 16;
  device_.Set(kBackground, 8, status);
}

uint32_t MemoryDevice::Interrupts() const {
  return commands_.parameters().interrupts ? kVectors : 0;
}

void MemoryDevice::ConnectInterrupt(uint32_t vector,
                                    std::function<void()> raise) {
  if (vector < raise_.size()) raise_[vector] = std::move(raise);
}

void MemoryDevice::AfterDeviceWrite() {
  if ((device_.Get(kMailboxControl, 4) & kDoorbell) == 0) return;
  if (Has(CxlFault::kNeverAnswers) || looks_ != 0) return;
  if (Has(CxlFault::kAnswersLate))
    looks_ = kLate;
  else
    Answer();
}

CxlReply MemoryDevice::Run(size_t first, uint16_t opcode, CxlInput in) {
  if (first < wrong_.size())
    return faults_.answers[first]->answer(wrong_[first], opcode, in);
  return commands_.Run(opcode, in);
}

CxlReply MemoryDevice::Select(CxlInput in) {
  if (in.size() != 2) return Refuse(CxlStatus::kInvalidPayloadLength);
  const uint64_t number = LoadLittle(in, 0, 2);
  CxlFaults faults = {.by_command = true};
  std::string_view name = "none";
  if (number != 0xffff) {
    if (number >= CxlFaultNames().size())
      return Refuse(CxlStatus::kInvalidInput);
    name = CxlFaultNames()[number];
    AddCxlFault(name, &faults);
  }
  SetFaults(faults);
  return CxlPayload().AddText(name, name.size()).Reply();
}

void MemoryDevice::Answer() {
  const uint64_t command = device_.Get(kMailboxCommand, 8);
  const auto opcode = static_cast<uint16_t>(command & 0xffff);
  const size_t length = command >> 16 & 0x1f'ffff;
  const size_t room =
      Has(CxlFault::kPayloadOf256) ? 256 : commands_.parameters().payload_bytes;
  CxlReply reply;
  if (length > room) {
    reply.status = CxlStatus::kInvalidPayloadLength;
  } else {
    const CxlInput in = device_.Part(kMailboxPayload, length);
    const std::vector<std::byte> kept(in.begin(), in.end());
    reply = faults_.by_command && opcode == kSelectFault ? Select(kept)
                                                         : Run(0, opcode, kept);
  }
  if (reply.payload.size() > room) reply.payload.resize(room);
  std::ranges::copy(
      reply.payload,
      device_.Part(kMailboxPayload, reply.payload.size()).begin());
  const uint64_t bytes =
      Has(CxlFault::kLengthsHuge) ? 0x1f'ffff : reply.payload.size();
  device_.Set(
      kMailboxCommand, 8,
      (Has(CxlFault::kCommandForgetsOpcode) ? 0 : opcode) | bytes << 16);
  const uint64_t background =
      commands_.background() || Has(CxlFault::kBackgroundStays) ? 1 : 0;
  device_.Set(kMailboxStatus, 8,
              background | static_cast<uint64_t>(reply.status) << 32);
  uint32_t events = commands_.EventStatus();
  if (Has(CxlFault::kEventStatusReserved)) events |= 0x80;
  if (Has(CxlFault::kEventStatusStays)) events |= 1;
  if (Has(CxlFault::kEventStatusNever)) events = 0;
  device_.Set(kEventStatus, 4, events);
  device_.Set(kMailboxControl, 4,
              device_.Get(kMailboxControl, 4) & ~uint64_t{kDoorbell});
}

}  // namespace daxmend
