// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/memory_commands.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "machine/cxl/little_endian.h"

namespace daxmend {
namespace {

// Bits of the Command Effects Log.
constexpr uint16_t kImmediateConfiguration = 1 << 1;
constexpr uint16_t kImmediateData = 1 << 2;
constexpr uint16_t kImmediatePolicy = 1 << 3;
constexpr uint16_t kImmediateLog = 1 << 4;
constexpr uint16_t kBackgroundCommand = 1 << 6;

// The command set of poison, and a vendor's command.
constexpr uint16_t kPoisonCommands = 0x43;
constexpr uint16_t kVendors = 0xc000;

constexpr char kRevision[] = "daxmend 1";
// 0da9c0b5-bf41-4b78-8f79-96b1623b3f17, the Command Effects Log.
constexpr std::array<uint8_t, 16> kCommandEffects = {
    0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41, 0x4b, 0x78,
    0x8f, 0x79, 0x96, 0xb1, 0x62, 0x3b, 0x3f, 0x17};

}  // namespace

std::span<const MemoryCommands::Command> MemoryCommands::Table() {
  using M = MemoryCommands;
  static constexpr Command kTable[] = {
      {0x0100, 0, &M::GetEventRecords, 1},
      {0x0101, kImmediateLog, &M::ClearEventRecords, kAny},
      {0x0102, 0, &M::GetInterruptPolicy, 0},
      {0x0103, kImmediatePolicy, &M::SetInterruptPolicy, kAny},
      {0x0200, 0, &M::GetFirmware, 0},
      {0x0300, 0, &M::GetTimestamp, 0},
      {0x0301, kImmediatePolicy, &M::SetTimestamp, 8},
      {0x0400, 0, &M::GetSupportedLogs, 0},
      {0x0401, 0, &M::GetLog, 24},
      {0x0500, 0, &M::GetSupportedFeatures, 8},
      {0x0501, 0, &M::GetFeature, 21},
      {0x0502, kImmediateConfiguration, &M::SetFeature, kAny},
      {0x0600, kImmediateData, &M::Maintain, kAny},
      {0x4000, 0, &M::Identify, 0},
      {0x4100, 0, &M::GetPartition, 0},
      {0x4102, 0, &M::GetLabels, 8},
      {0x4103, kImmediateConfiguration | kImmediateData, &M::SetLabels, kAny},
      {0x4200, 0, &M::GetHealth, 0},
      {0x4201, 0, &M::GetAlerts, 0},
      {0x4202, kImmediatePolicy, &M::SetAlerts, 12},
      {0x4203, 0, &M::GetShutdownState, 0},
      {0x4204, kImmediatePolicy, &M::SetShutdownState, 1},
      {0x4300, 0, &M::GetPoison, 16},
      {0x4301, kImmediateData, &M::InjectPoison, 8},
      {0x4302, kImmediateData, &M::ClearPoison, 72},
      {0x4303, 0, &M::GetScanCapabilities, 16},
      {0x4304, kBackgroundCommand, &M::ScanMedia, 17},
      {0x4305, 0, &M::GetScanResults, 0},
  };
  return kTable;
}

MemoryCommands::MemoryCommands(
    CxlDeviceParameters parameters,
    std::function<void(uint64_t, const CxlLine&)> store)
    : parameters_(parameters),
      store_(std::move(store)),
      labels_(kLabelBytes),
      faults_(parameters_.faults) {}

void MemoryCommands::Reset() {
  continued_.reset();
  policy_ = {};
  if (Has(CxlFault::kResetForgetsPoison)) poison_ = {};
  scan_.Stop();
}

uint64_t MemoryCommands::Now() const {
  constexpr uint64_t kNsPerCommand = 1000;
  return timestamp_ ? timestamp_ + commands_ * kNsPerCommand : 0;
}

CxlReply MemoryCommands::Run(uint16_t opcode, In in) {
  if (Has(CxlFault::kNoPoisonCommands) && opcode >> 8 == kPoisonCommands)
    return Refuse(CxlStatus::kUnsupported);
  if (Has(CxlFault::kVendorCommands) && opcode == kVendors)
    return CxlPayload().Add(4, 0x600d).Reply();
  for (const Command& command : Table()) {
    if (command.opcode != opcode) continue;
    if (command.in_bytes != kAny && command.in_bytes != in.size())
      return Refuse(CxlStatus::kInvalidPayloadLength);
    ++commands_;
    return (this->*command.run)(in);
  }
  return Refuse(CxlStatus::kUnsupported);
}

void MemoryCommands::Note(EventLog log, uint64_t dpa,
                          EventTransaction transaction) {
  const uint8_t settings = policy_[static_cast<size_t>(log)];
  constexpr uint8_t kByMessage = 1;
  const auto raise = [&] {
    if ((settings & 3) == kByMessage && raise_) raise_(settings >> 4);
  };
  const bool too_early = Has(CxlFault::kInterruptBeforeRecord);
  if (too_early) raise();
  events_.Add(log, GeneralMediaEvent(log, dpa, transaction, Now()), Now());
  if (!too_early) raise();
}

CxlReply MemoryCommands::GetFirmware(In) {
  return CxlPayload()
      .Add(1, 1)  // slots
      .Add(1, 1)  // slot 1 is active, nothing is staged
      .Add(1, 0)  // no activation without a reset
      .Zeros(13)
      .AddText(kRevision, 16)
      .Zeros(48)
      .Reply();
}

CxlReply MemoryCommands::GetTimestamp(In) {
  return CxlPayload().Add(8, Now()).Reply();
}

CxlReply MemoryCommands::SetTimestamp(In in) {
  timestamp_ = LoadLittle(in, 0, 8);
  commands_ = 0;
  return {};
}

uint64_t MemoryCommands::VolatileBytes() const {
  if (parameters_.is_volatile) return parameters_.bytes;
  const uint64_t half = parameters_.bytes / 2 / kCapacityUnit * kCapacityUnit;
  return Has(CxlFault::kTwoPartitions) ? half : 0;
}

std::vector<std::byte> MemoryCommands::Effects() const {
  CxlPayload log;
  for (const Command& command : Table())
    if (!Has(CxlFault::kNoPoisonCommands) ||
        command.opcode >> 8 != kPoisonCommands)
      log.Add(2, command.opcode).Add(2, command.effects);
  if (Has(CxlFault::kVendorCommands)) log.Add(2, kVendors).Add(2, 0);
  return log.Take();
}

CxlReply MemoryCommands::GetSupportedLogs(In) {
  return CxlPayload()
      .Add(2, 1)
      .Zeros(6)
      .AddBytes(kCommandEffects)
      .Add(4, Effects().size())
      .Reply();
}

CxlReply MemoryCommands::GetLog(In in) {
  for (size_t i = 0; i < kCommandEffects.size(); ++i)
    if (LoadLittle(in, i, 1) != kCommandEffects[i])
      return Refuse(CxlStatus::kInvalidLog);
  const uint64_t offset = LoadLittle(in, 16, 4);
  const uint64_t length = LoadLittle(in, 20, 4);
  const std::vector<std::byte> all = Effects();
  if (offset > all.size() || length > all.size() - offset ||
      length > PayloadBytes())
    return Refuse(CxlStatus::kInvalidInput);
  return {.payload = {all.begin() + static_cast<ptrdiff_t>(offset),
                      all.begin() + static_cast<ptrdiff_t>(offset + length)}};
}

CxlReply MemoryCommands::Identify(In) {
  const uint64_t units = parameters_.bytes / kCapacityUnit;
  const uint64_t volatiles = VolatileBytes() / kCapacityUnit;
  constexpr uint8_t kHandlesInjected = 0;
  return CxlPayload()
      .AddText(kRevision, 16)
      .Add(8, units)              // in all
      .Add(8, volatiles)          // volatile only
      .Add(8, units - volatiles)  // persistent only
      .Add(8, 0)                  // cannot be partitioned
      .Add(2, EventLogs::kCapacity)
      .Add(2, EventLogs::kCapacity)
      .Add(2, EventLogs::kCapacity)
      .Add(2, EventLogs::kCapacity)
      .Add(4, kLabelBytes)
      // The most records of its list: of every other line.
      .Add(3,
           std::min<uint64_t>(parameters_.bytes / kCxlLineBytes / 2, 0xffffff))
      .Add(2, 0)  // injected poison has no limit
      .Add(1, kHandlesInjected)
      .Add(1, 0)  // no QoS telemetry
      .Add(2, 0)  // no log of dynamic capacity
      .Reply();
}

CxlReply MemoryCommands::GetPartition(In) {
  const uint64_t units = parameters_.bytes / kCapacityUnit;
  const uint64_t volatiles = VolatileBytes() / kCapacityUnit;
  return CxlPayload()
      .Add(8, volatiles)          // volatile now
      .Add(8, units - volatiles)  // persistent now
      .Add(8, 0)                  // and after the next reset
      .Add(8, 0)
      .Reply();
}

}  // namespace daxmend
