// SPDX-License-Identifier: GPL-2.0-only
//
// Get Log, and what the Command Effects Log lists.

#include <algorithm>

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_logs {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kSupportedLogs = 0x0400, kGetLog = 0x0401;
constexpr size_t kSizeAt = 24;
constexpr size_t kOffsetAt = 16, kLengthAt = 20;

struct Entry {
  uint16_t opcode, effects;
};
using Log = std::vector<Entry>;

// Answers about the log as if it were what `edit` makes of it.
R Edited(WrongDevice& device, uint16_t opcode, In in, void (*edit)(Log&)) {
  R reply = device.right(opcode, in);
  if (opcode != kSupportedLogs && opcode != kGetLog) return reply;
  if (opcode == kGetLog && reply.status == CxlStatus::kInvalidLog) return reply;
  R logs = device.right(kSupportedLogs, {});
  const uint64_t bytes = FieldOf(logs.payload, kSizeAt, 4);
  std::vector<std::byte> ask(24);
  std::copy_n(logs.payload.begin() + 8, 16, ask.begin());
  StoreLittle(ask, kLengthAt, 4, bytes);
  const R whole = device.right(kGetLog, ask);
  Log log;
  for (size_t at = 0; at + 4 <= whole.payload.size(); at += 4)
    log.push_back(
        {static_cast<uint16_t>(LoadLittle(whole.payload, at, 2)),
         static_cast<uint16_t>(LoadLittle(whole.payload, at + 2, 2))});
  edit(log);
  if (opcode == kSupportedLogs) {
    SetField(&reply, kSizeAt, 4, 4 * log.size());
    return reply;
  }
  CxlPayload out;
  for (const Entry& entry : log) out.Add(2, entry.opcode).Add(2, entry.effects);
  const std::vector<std::byte> all = out.Take();
  const uint64_t offset = FieldOf(in, kOffsetAt, 4);
  const uint64_t length = FieldOf(in, kLengthAt, 4);
  if (offset > all.size() || length > all.size() - offset)
    return Refuse(CxlStatus::kInvalidInput);
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(offset);
  return {.payload = {begin, begin + static_cast<std::ptrdiff_t>(length)}};
}

template <uint16_t opcode>
void Without(Log& log) {
  std::erase_if(log, [](const Entry& one) { return one.opcode == opcode; });
}

template <uint16_t opcode, uint16_t effects>
void WithEffects(Log& log) {
  for (Entry& one : log)
    if (one.opcode == opcode) one.effects = effects;
}

template <uint16_t opcode>
void With(Log& log) {
  log.push_back({opcode, 0});
}

template <void (*edit)(Log&)>
R Effects(WrongDevice& device, uint16_t opcode, In in) {
  return Edited(device, opcode, in, edit);
}

std::vector<std::byte> Ask(In in, uint64_t offset, uint64_t length) {
  std::vector<std::byte> out(in.begin(), in.end());
  StoreLittle(out, kOffsetAt, 4, offset);
  StoreLittle(out, kLengthAt, 4, length);
  return out;
}

R UnknownAnswers(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (reply.status == CxlStatus::kInvalidLog) return {.payload = {}};
  return reply;
}

// Refused parts are filled with zeros instead.
R PastEndZeros(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode != kGetLog || reply.status != CxlStatus::kInvalidInput ||
      FieldOf(in, kOffsetAt, 4) >= 0xffff'0000)
    return reply;
  return CxlPayload().Zeros(FieldOf(in, kLengthAt, 4) & 0xfff).Reply();
}

R Wraps(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGetLog && FieldOf(in, kOffsetAt, 4) >= 0xffff'0000)
    return device.right(opcode, Ask(in, 0, FieldOf(in, kLengthAt, 4)));
  return device.right(opcode, in);
}

R OffsetIgnored(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode != kGetLog || reply.status != CxlStatus::kSuccess) return reply;
  return device.right(opcode, Ask(in, 0, FieldOf(in, kLengthAt, 4)));
}

R OneByteLess(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGetLog && reply.payload.size() > 8) reply.payload.pop_back();
  return reply;
}

// Another log is there instead of the Command Effects Log.
R HideEffects(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSupportedLogs) SetField(&reply, 8, 1, 0xff);
  return reply;
}

}  // namespace wrong_logs

std::vector<WrongAnswer> WrongLogs() {
  using namespace wrong_logs;
  return {
      {"log-unknown-answers", UnknownAnswers},
      {"log-past-end-zeros", PastEndZeros},
      {"log-wraps", Wraps},
      {"log-offset-ignored", OffsetIgnored},
      {"log-one-byte-less", OneByteLess},
      {"logs-hide-effects", HideEffects},
      {"effects-lack-clear", Effects<Without<0x4302>>},
      {"effects-lack-get-alerts", Effects<Without<0x4201>>},
      {"effects-lack-events", Effects<Without<0x0100>>},
      {"effects-hide-health", Effects<Without<0x4200>>},
      {"effects-twice", Effects<With<0x4000>>},
      {"effects-list-security", Effects<With<0x4500>>},
      {"effects-scan-at-once", Effects<WithEffects<0x4304, 0>>},
      {"effects-labels-none", Effects<WithEffects<0x4103, 0>>},
      {"effects-identify-changes", Effects<WithEffects<0x4000, 4>>},
  };
}

}  // namespace daxmend
