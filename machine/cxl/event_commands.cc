// SPDX-License-Identifier: GPL-2.0-only
//
// The commands about event logs and their interrupts.

#include <algorithm>
#include <vector>

#include "machine/cxl/memory_commands.h"

namespace daxmend {

CxlReply MemoryCommands::GetEventRecords(In in) {
  const uint64_t log = LoadLittle(in, 0, 1);
  if (log >= kEventLogs) return Refuse(CxlStatus::kInvalidInput);
  return {.payload = events_.Get(static_cast<EventLog>(log), PayloadBytes())};
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
  return CxlPayload().AddBytes(policy_).Reply();
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

}  // namespace daxmend
