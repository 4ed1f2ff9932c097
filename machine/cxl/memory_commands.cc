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

constexpr char kRevision[] = "daxmend 1";
constexpr size_t kPoisonHeaderBytes = 32;
constexpr size_t kPoisonRecordBytes = 16;
constexpr uint8_t kMorePoison = 1 << 0;
// The count in a list's header has 16 bits; the length in a record has 32.
constexpr size_t kMostRecords =
    (MemoryCommands::kPayloadBytes - kPoisonHeaderBytes) / kPoisonRecordBytes;

// 0da9c0b5-bf41-4b78-8f79-96b1623b3f17, the Command Effects Log.
constexpr std::array<uint8_t, 16> kCommandEffects = {
    0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41, 0x4b, 0x78,
    0x8f, 0x79, 0x96, 0xb1, 0x62, 0x3b, 0x3f, 0x17};

class Payload {
 public:
  Payload& Add(size_t bytes, uint64_t value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + bytes);
    StoreLittle(bytes_, at, bytes, value);
    return *this;
  }
  // Padded with zeros to `bytes`.
  Payload& AddText(std::string_view text, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
      bytes_.push_back(
          static_cast<std::byte>(i < text.size() ? text[i] : '\0'));
    return *this;
  }
  Payload& AddBytes(std::span<const uint8_t> bytes) {
    for (uint8_t b : bytes) bytes_.push_back(std::byte{b});
    return *this;
  }
  Payload& Zeros(size_t bytes) { return AddText("", bytes); }
  CxlReply Reply() { return {.payload = std::move(bytes_)}; }
  std::vector<std::byte> Take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

CxlReply Refuse(CxlStatus status) { return {.status = status}; }

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
  };
  return kTable;
}

MemoryCommands::MemoryCommands(
    CxlDeviceParameters parameters,
    std::function<void(uint64_t, const CxlLine&)> store)
    : parameters_(parameters), store_(std::move(store)), labels_(kLabelBytes) {}

void MemoryCommands::Reset() {
  continued_.reset();
  policy_ = {};
}

CxlReply MemoryCommands::Run(uint16_t opcode, In in) {
  for (const Command& command : Table()) {
    if (command.opcode != opcode) continue;
    if (command.in_bytes != kAny && command.in_bytes != in.size())
      return Refuse(CxlStatus::kInvalidPayloadLength);
    return (this->*command.run)(in);
  }
  return Refuse(CxlStatus::kUnsupported);
}

void MemoryCommands::Note(EventLog log, uint64_t dpa,
                          EventTransaction transaction) {
  events_.Add(log, GeneralMediaEvent(log, dpa, transaction, timestamp_),
              timestamp_);
  const uint8_t settings = policy_[static_cast<size_t>(log)];
  constexpr uint8_t kByMessage = 1;
  if ((settings & 3) == kByMessage && raise_) raise_(settings >> 4);
}

CxlReply MemoryCommands::GetEventRecords(In in) {
  const uint64_t log = LoadLittle(in, 0, 1);
  if (log >= kEventLogs) return Refuse(CxlStatus::kInvalidInput);
  return {.payload = events_.Get(static_cast<EventLog>(log), kPayloadBytes)};
}

CxlReply MemoryCommands::ClearEventRecords(In in) {
  constexpr size_t kHeader = 6;
  if (in.size() < kHeader) return Refuse(CxlStatus::kInvalidPayloadLength);
  const uint64_t log = LoadLittle(in, 0, 1);
  const bool all = LoadLittle(in, 1, 1) & 1;
  const size_t count = LoadLittle(in, 2, 1);
  if (log >= kEventLogs) return Refuse(CxlStatus::kInvalidInput);
  if (all) {
    events_.ClearAll(static_cast<EventLog>(log));
    return {};
  }
  if (in.size() != kHeader + 2 * count)
    return Refuse(CxlStatus::kInvalidPayloadLength);
  std::vector<uint16_t> handles(count);
  for (size_t i = 0; i < count; ++i)
    handles[i] = static_cast<uint16_t>(LoadLittle(in, kHeader + 2 * i, 2));
  return events_.Clear(static_cast<EventLog>(log), handles)
             ? CxlReply{}
             : Refuse(CxlStatus::kInvalidHandle);
}

CxlReply MemoryCommands::GetInterruptPolicy(In) {
  return Payload().AddBytes(policy_).Reply();
}

CxlReply MemoryCommands::SetInterruptPolicy(In in) {
  // A device with dynamic capacity has a fifth byte.
  if (in.size() < kEventLogs) return Refuse(CxlStatus::kInvalidPayloadLength);
  std::array<uint8_t, kEventLogs> wanted{};
  for (size_t i = 0; i < kEventLogs; ++i) {
    wanted[i] = static_cast<uint8_t>(LoadLittle(in, i, 1));
    // Nothing, or a message; there is no other way to interrupt.
    if ((wanted[i] & 3) > 1 ||
        ((wanted[i] & 3) == 1 && !parameters_.interrupts))
      return Refuse(CxlStatus::kInvalidInput);
    // The vector is the device's choice: 0.
    wanted[i] &= 3;
  }
  policy_ = wanted;
  return {};
}

CxlReply MemoryCommands::GetFirmware(In) {
  return Payload()
      .Add(1, 1)  // slots
      .Add(1, 1)  // slot 1 is active, nothing is staged
      .Add(1, 0)  // no activation without a reset
      .Zeros(13)
      .AddText(kRevision, 16)
      .Zeros(48)
      .Reply();
}

CxlReply MemoryCommands::GetTimestamp(In) {
  return Payload().Add(8, timestamp_).Reply();
}

CxlReply MemoryCommands::SetTimestamp(In in) {
  timestamp_ = LoadLittle(in, 0, 8);
  return {};
}

CxlReply MemoryCommands::GetSupportedLogs(In) {
  return Payload()
      .Add(2, 1)
      .Zeros(6)
      .AddBytes(kCommandEffects)
      .Add(4, 4 * Table().size())
      .Reply();
}

CxlReply MemoryCommands::GetLog(In in) {
  for (size_t i = 0; i < kCommandEffects.size(); ++i)
    if (LoadLittle(in, i, 1) != kCommandEffects[i])
      return Refuse(CxlStatus::kInvalidLog);
  const uint64_t offset = LoadLittle(in, 16, 4);
  const uint64_t length = LoadLittle(in, 20, 4);
  Payload log;
  for (const Command& command : Table())
    log.Add(2, command.opcode).Add(2, command.effects);
  std::vector<std::byte> all = log.Take();
  if (offset > all.size() || length > all.size() - offset ||
      length > kPayloadBytes)
    return Refuse(CxlStatus::kInvalidInput);
  return {.payload = {all.begin() + static_cast<ptrdiff_t>(offset),
                      all.begin() + static_cast<ptrdiff_t>(offset + length)}};
}

CxlReply MemoryCommands::Identify(In) {
  const uint64_t units = parameters_.bytes / kCapacityUnit;
  constexpr uint8_t kHandlesInjected = 0;
  return Payload()
      .AddText(kRevision, 16)
      .Add(8, units)                                // in all
      .Add(8, parameters_.is_volatile ? units : 0)  // volatile only
      .Add(8, parameters_.is_volatile ? 0 : units)  // persistent only
      .Add(8, 0)                                    // cannot be partitioned
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
  return Payload()
      .Add(8, parameters_.is_volatile ? units : 0)  // volatile now
      .Add(8, parameters_.is_volatile ? 0 : units)  // persistent now
      .Add(8, 0)                                    // and after the next reset
      .Add(8, 0)
      .Reply();
}

CxlReply MemoryCommands::GetLabels(In in) {
  const uint64_t offset = LoadLittle(in, 0, 4);
  const uint64_t length = LoadLittle(in, 4, 4);
  if (offset > kLabelBytes || length > kLabelBytes - offset ||
      length > kPayloadBytes)
    return Refuse(CxlStatus::kInvalidInput);
  const auto begin = labels_.begin() + static_cast<ptrdiff_t>(offset);
  return {.payload = {begin, begin + static_cast<ptrdiff_t>(length)}};
}

CxlReply MemoryCommands::SetLabels(In in) {
  constexpr size_t kHeader = 8;
  if (in.size() < kHeader) return Refuse(CxlStatus::kInvalidPayloadLength);
  const uint64_t offset = LoadLittle(in, 0, 4);
  const In data = in.subspan(kHeader);
  if (offset > kLabelBytes || data.size() > kLabelBytes - offset)
    return Refuse(CxlStatus::kInvalidInput);
  std::ranges::copy(data, labels_.begin() + static_cast<ptrdiff_t>(offset));
  return {};
}

CxlReply MemoryCommands::GetHealth(In) {
  return Payload()
      .Add(1, 0)   // nothing to do
      .Add(1, 0)   // media: normal
      .Add(1, 0)   // additional status
      .Add(1, 3)   // percent of its life used
      .Add(2, 25)  // degrees Celsius
      .Add(4, 0)   // dirty shutdowns
      .Add(4, 0)   // corrected errors, volatile
      .Add(4, 0)   // and persistent
      .Reply();
}

CxlReply MemoryCommands::GetAlerts(In) {
  constexpr uint8_t kProgrammable = 0x1f;
  return Payload()
      .Add(1, alerts_.valid)
      .Add(1, kProgrammable)
      .Add(1, 90)  // life used, critical
      .Add(1, alerts_.life_used)
      .Add(2, 85)                          // over-temperature, critical
      .Add(2, static_cast<uint16_t>(-10))  // under-temperature, critical
      .Add(2, LoadLittle(alerts_.thresholds, 4, 2))
      .Add(2, LoadLittle(alerts_.thresholds, 6, 2))
      .Add(2, LoadLittle(alerts_.thresholds, 8, 2))
      .Add(2, LoadLittle(alerts_.thresholds, 10, 2))
      .Reply();
}

CxlReply MemoryCommands::SetAlerts(In in) {
  const auto valid = static_cast<uint8_t>(LoadLittle(in, 0, 1));
  const auto enable = static_cast<uint8_t>(LoadLittle(in, 1, 1));
  alerts_.valid =
      static_cast<uint8_t>((alerts_.valid & ~valid) | (valid & enable));
  if (valid & 1) alerts_.life_used = static_cast<uint8_t>(LoadLittle(in, 2, 1));
  std::ranges::copy(in, alerts_.thresholds.begin());
  return {};
}

CxlReply MemoryCommands::GetShutdownState(In) {
  return Payload().Add(1, dirty_).Reply();
}

CxlReply MemoryCommands::SetShutdownState(In in) {
  const uint64_t state = LoadLittle(in, 0, 1);
  if (state > 1) return Refuse(CxlStatus::kInvalidInput);
  dirty_ = static_cast<uint8_t>(state);
  return {};
}

CxlStatus MemoryCommands::LineAt(uint64_t dpa, uint64_t* line) const {
  if (dpa % kCxlLineBytes != 0) return CxlStatus::kInvalidInput;
  if (dpa >= parameters_.bytes) return CxlStatus::kInvalidAddress;
  *line = dpa / kCxlLineBytes;
  return CxlStatus::kSuccess;
}

CxlReply MemoryCommands::GetPoison(In in) {
  const uint64_t dpa = LoadLittle(in, 0, 8);
  const uint64_t length = LoadLittle(in, 8, 8);
  uint64_t begin = 0;
  if (const CxlStatus status = LineAt(dpa, &begin);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  const uint64_t all = parameters_.bytes / kCxlLineBytes;
  if (length > all - begin) return Refuse(CxlStatus::kInvalidAddress);
  const uint64_t end = begin + length;
  // Another range starts anew.
  const bool goes_on =
      continued_ && continued_->begin == begin && continued_->end == end;
  std::vector<MediaErrorRecord> records =
      poison_.Records(goes_on ? continued_->next : begin, end);
  continued_.reset();
  if (Has(CxlFault::kListHidesTheLast) && !records.empty()) records.pop_back();
  for (MediaErrorRecord& record : records) {
    if (Has(CxlFault::kListShiftsByALine)) record.address += kCxlLineBytes;
    if (Has(CxlFault::kListHasLengthZero)) record.lines = 0;
  }
  if (Has(CxlFault::kListForgetsWhenRead)) poison_ = {};
  const bool more = records.size() > kMostRecords;
  if (more) {
    continued_ = {.begin = begin,
                  .end = end,
                  .next = records[kMostRecords].address / kCxlLineBytes};
    records.resize(kMostRecords);
  }
  Payload out;
  out.Add(1, more || Has(CxlFault::kListNeverEnds) ? kMorePoison : 0)
      .Add(1, 0)
      .Add(8, 0)  // nothing was ever dropped
      .Add(2, records.size())
      .Zeros(20);
  for (const MediaErrorRecord& record : records)
    out.Add(8, record.address | static_cast<uint64_t>(record.source))
        .Add(4, record.lines)
        .Add(4, 0);
  return out.Reply();
}

CxlReply MemoryCommands::InjectPoison(In in) {
  const uint64_t dpa = LoadLittle(in, 0, 8);
  uint64_t line = dpa / kCxlLineBytes;
  const CxlStatus status = LineAt(dpa, &line);
  const bool taken = (status == CxlStatus::kInvalidInput &&
                      Has(CxlFault::kInjectTakesMisaligned)) ||
                     (status == CxlStatus::kInvalidAddress &&
                      Has(CxlFault::kInjectTakesOutside));
  if (status != CxlStatus::kSuccess && !taken) return Refuse(status);
  if (Has(CxlFault::kInjectIsNotListed)) return {};
  // What is poisoned already stays so, and that is a success.
  if (poison_.Has(line)) return {};
  poison_.Add(line, PoisonSource::kInjected);
  if (!Has(CxlFault::kNoEventOfInjection))
    Note(EventLog::kInformation, dpa, EventTransaction::kHostInjectPoison);
  return {};
}

CxlReply MemoryCommands::ClearPoison(In in) {
  const uint64_t dpa = LoadLittle(in, 0, 8);
  uint64_t line = 0;
  if (const CxlStatus status = LineAt(dpa, &line);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  // The data is written whether the line was bad or not.
  CxlLine data;
  std::ranges::copy(in.subspan(8, kCxlLineBytes), data.begin());
  if (Has(CxlFault::kClearDoesNothing)) return {};
  if (!Has(CxlFault::kClearKeepsData)) store_(dpa, data);
  poison_.Remove(line);
  if (Has(CxlFault::kClearClearsTheNextLine)) poison_.Remove(line + 1);
  return {};
}

}  // namespace daxmend
