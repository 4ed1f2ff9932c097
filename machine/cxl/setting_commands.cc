// SPDX-License-Identifier: GPL-2.0-only
//
// The commands about what the device keeps for its host: labels, alerts,
// shutdown state, features.

#include <algorithm>
#include <vector>

#include "machine/cxl/memory_commands.h"

namespace daxmend {
namespace {

constexpr uint8_t kCriticalLife = 90;  // percent

}  // namespace

CxlReply MemoryCommands::GetLabels(In in) {
  const uint64_t offset = LoadLittle(in, 0, 4);
  const uint64_t length = LoadLittle(in, 4, 4);
  if (offset > kLabelBytes || length > kLabelBytes - offset ||
      length > PayloadBytes())
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
  return CxlPayload()
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
  CxlPayload out;
  out.Add(1, alerts_.valid)
      .Add(1, kProgrammable)
      .Add(1, kCriticalLife)
      .Add(1, alerts_.life_used)
      .Add(2, 85)                           // over-temperature, critical
      .Add(2, static_cast<uint16_t>(-10));  // under-temperature, critical
  for (uint16_t warning : alerts_.warnings) out.Add(2, warning);
  return out.Reply();
}

CxlReply MemoryCommands::SetAlerts(In in) {
  const auto which = static_cast<uint8_t>(LoadLittle(in, 0, 1));
  const auto enable = static_cast<uint8_t>(LoadLittle(in, 1, 1));
  const auto life_used = static_cast<uint8_t>(LoadLittle(in, 2, 1));
  if ((which & 1) && life_used > kCriticalLife)
    return Refuse(CxlStatus::kInvalidInput);
  alerts_.valid =
      static_cast<uint8_t>((alerts_.valid & ~which) | (which & enable));
  if (which & 1) alerts_.life_used = life_used;
  for (size_t i = 0; i < alerts_.warnings.size(); ++i)
    if (which >> (i + 1) & 1)
      alerts_.warnings[i] = static_cast<uint16_t>(LoadLittle(in, 4 + 2 * i, 2));
  return {};
}

CxlReply MemoryCommands::GetShutdownState(In) {
  return CxlPayload().Add(1, dirty_).Reply();
}

CxlReply MemoryCommands::SetShutdownState(In in) {
  const uint64_t state = LoadLittle(in, 0, 1);
  if (state > 1) return Refuse(CxlStatus::kInvalidInput);
  dirty_ = static_cast<uint8_t>(state);
  return {};
}

CxlReply MemoryCommands::GetSupportedFeatures(In in) {
  return features_.List(in, PayloadBytes());
}

CxlReply MemoryCommands::GetFeature(In in) {
  return features_.Get(in, PayloadBytes());
}

CxlReply MemoryCommands::SetFeature(In in) { return features_.Set(in); }

// Post package repair, and of that whether there are resources.
CxlReply MemoryCommands::Maintain(In in) {
  constexpr size_t kBytes = 14;
  if (in.size() < 2) return Refuse(CxlStatus::kInvalidPayloadLength);
  const uint64_t operation = LoadLittle(in, 0, 2);
  if (operation == 0) return {};
  constexpr uint64_t kSoftRepair = 0x0001;
  if (operation != kSoftRepair) return Refuse(CxlStatus::kUnsupported);
  if (in.size() != kBytes) return Refuse(CxlStatus::kInvalidPayloadLength);
  constexpr uint64_t kQuery = 1;
  if ((LoadLittle(in, 2, 1) & kQuery) == 0)
    return Refuse(CxlStatus::kUnsupported);
  uint64_t line = 0;
  return Refuse(LineAt(LoadLittle(in, 3, 8) & ~(kCxlLineBytes - 1), &line));
}

}  // namespace daxmend
