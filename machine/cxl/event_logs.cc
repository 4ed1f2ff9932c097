// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/event_logs.h"

#include <algorithm>
#include <limits>

#include "machine/cxl/little_endian.h"

namespace daxmend {
namespace {

// CXL 3.1, Common Event Record Format: uuid (16), length (1), flags (3), handle
// (2), related handle (2), timestamp (8), and what the kernel calls reserved up
// to byte 48 (include/linux/cxl-event.h, Linux 6.12).
constexpr size_t kLengthOffset = 16;
constexpr size_t kFlagsOffset = 17;
constexpr size_t kHandleOffset = 20;
constexpr size_t kTimestampOffset = 24;
// General Media Event Record.
constexpr size_t kDpaOffset = 48;
constexpr size_t kDescriptorOffset = 56;
constexpr size_t kTypeOffset = 57;
constexpr size_t kTransactionOffset = 58;

// fbcd0a77-c260-417f-85a9-088b1621eba6
constexpr std::array<uint8_t, 16> kGeneralMedia = {
    0xfb, 0xcd, 0x0a, 0x77, 0xc2, 0x60, 0x41, 0x7f,
    0x85, 0xa9, 0x08, 0x8b, 0x16, 0x21, 0xeb, 0xa6};

constexpr uint8_t kUncorrectable = 1 << 0;
constexpr uint8_t kMediaEccError = 0;

constexpr size_t kGetHeaderBytes = 32;
constexpr uint8_t kOverflowFlag = 1 << 0;
constexpr uint8_t kMoreFlag = 1 << 1;

}  // namespace

EventRecord GeneralMediaEvent(EventLog severity, uint64_t dpa,
                              EventTransaction transaction,
                              uint64_t timestamp_ns) {
  EventRecord record{};
  std::ranges::transform(kGeneralMedia, record.begin(),
                         [](uint8_t b) { return std::byte{b}; });
  StoreLittle(record, kLengthOffset, 1, kEventRecordBytes);
  // The lowest two bits are the log's severity.
  StoreLittle(record, kFlagsOffset, 3, static_cast<uint64_t>(severity));
  StoreLittle(record, kTimestampOffset, 8, timestamp_ns);
  StoreLittle(record, kDpaOffset, 8, dpa);
  StoreLittle(record, kDescriptorOffset, 1, kUncorrectable);
  StoreLittle(record, kTypeOffset, 1, kMediaEccError);
  StoreLittle(record, kTransactionOffset, 1,
              static_cast<uint64_t>(transaction));
  return record;
}

void EventLogs::Add(EventLog log, EventRecord record, uint64_t timestamp_ns) {
  Log& to = At(log);
  if (to.records.size() == kCapacity) {
    if (to.dropped++ == 0) to.first_dropped_ns = timestamp_ns;
    to.last_dropped_ns = timestamp_ns;
    return;
  }
  StoreLittle(record, kHandleOffset, 2, to.next_handle);
  if (++to.next_handle == 0) to.next_handle = 1;
  to.records.push_back(record);
}

uint32_t EventLogs::Status() const {
  uint32_t status = 0;
  for (size_t i = 0; i < kEventLogs; ++i)
    if (!logs_[i].records.empty()) status |= 1u << i;
  return status;
}

std::vector<std::byte> EventLogs::Get(EventLog log, size_t most) const {
  const Log& from = At(log);
  const size_t room =
      most > kGetHeaderBytes ? (most - kGetHeaderBytes) / kEventRecordBytes : 0;
  const size_t count = std::min(room, from.records.size());
  std::vector<std::byte> out(kGetHeaderBytes);
  StoreLittle(out, 0, 1,
              (from.dropped ? kOverflowFlag : 0) |
                  (count < from.records.size() ? kMoreFlag : 0));
  StoreLittle(
      out, 2, 2,
      std::min<uint64_t>(from.dropped, std::numeric_limits<uint16_t>::max()));
  StoreLittle(out, 4, 8, from.first_dropped_ns);
  StoreLittle(out, 12, 8, from.last_dropped_ns);
  StoreLittle(out, 20, 2, count);
  for (size_t i = 0; i < count; ++i)
    out.insert(out.end(), from.records[i].begin(), from.records[i].end());
  return out;
}

bool EventLogs::Clear(EventLog log, std::span<const uint16_t> handles) {
  Log& of = At(log);
  if (handles.size() > of.records.size()) return false;
  for (size_t i = 0; i < handles.size(); ++i)
    if (LoadLittle(of.records[i], kHandleOffset, 2) != handles[i]) return false;
  of.records.erase(of.records.begin(),
                   of.records.begin() + static_cast<ptrdiff_t>(handles.size()));
  of.dropped = 0;
  of.first_dropped_ns = of.last_dropped_ns = 0;
  return true;
}

void EventLogs::ClearAll(EventLog log) {
  Log& of = At(log);
  of.records.clear();
  of.dropped = 0;
  of.first_dropped_ns = of.last_dropped_ns = 0;
}

}  // namespace daxmend
