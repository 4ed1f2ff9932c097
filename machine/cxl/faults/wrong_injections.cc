// SPDX-License-Identifier: GPL-2.0-only
//
// Inject Poison.

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_injections {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kList = 0x4300, kInject = 0x4301, kClear = 0x4302;
constexpr uint64_t kLine = 64;

R InjectAt(WrongDevice& device, uint64_t dpa) {
  return device.right(kInject, CxlPayload().Add(8, dpa).Take());
}
R ClearAt(WrongDevice& device, uint64_t dpa) {
  return device.right(kClear, CxlPayload().Add(8, dpa).Zeros(64).Take());
}

// The lines of the right list, whole.
R Whole(WrongDevice& device) {
  return device.right(
      kList, CxlPayload().Add(8, 0).Add(8, device.bytes / kLine).Take());
}

// Repeats the record of what was injected twice.
R TwiceIsTwo(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject) {
    const uint64_t dpa = FieldOf(in, 0, 8);
    if (!device.lines.insert(dpa).second) device.count = dpa;
  }
  if (opcode == kClear) device.lines.erase(FieldOf(in, 0, 8));
  R reply = device.right(opcode, in);
  const uint64_t records = FieldOf(reply.payload, 10, 2);
  if (opcode == kList && records == 1 &&
      (FieldOf(reply.payload, 32, 8) & ~uint64_t{63}) == device.count) {
    const std::vector<std::byte> record(reply.payload.begin() + 32,
                                        reply.payload.end());
    reply.payload.insert(reply.payload.end(), record.begin(), record.end());
    SetField(&reply, 10, 2, 2);
  }
  return reply;
}

R BitFiveIsTaken(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && (FieldOf(in, 0, 8) & 63) == 32)
    return InjectAt(device, FieldOf(in, 0, 8) & ~uint64_t{63});
  return device.right(opcode, in);
}

R HighBitsIgnored(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject)
    return InjectAt(device, FieldOf(in, 0, 8) & ((uint64_t{1} << 40) - 1));
  return device.right(opcode, in);
}

R OneBeyondIsTaken(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && FieldOf(in, 0, 8) == device.bytes) return {};
  return device.right(opcode, in);
}

R TwoLines(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kInject && reply.status == CxlStatus::kSuccess)
    InjectAt(device, FieldOf(in, 0, 8) + kLine);
  return reply;
}

R LastIsRefused(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && FieldOf(in, 0, 8) == device.bytes - kLine)
    return Refuse(CxlStatus::kInvalidAddress);
  return device.right(opcode, in);
}

R LimitIsSilent(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && FieldOf(Whole(device).payload, 10, 2) >= 40)
    return {};
  return device.right(opcode, in);
}

R BitTwelveIsLost(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && (FieldOf(in, 0, 8) & 0xfff) == 0)
    return InjectAt(device, FieldOf(in, 0, 8) & ~uint64_t{0x1000});
  return device.right(opcode, in);
}

R TouchingIsLost(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject) {
    const uint64_t dpa = FieldOf(in, 0, 8);
    if (device.lines.contains(dpa - kLine) &&
        device.lines.contains(dpa + kLine))
      return {};
    device.lines.insert(dpa);
  }
  if (opcode == kClear) device.lines.erase(FieldOf(in, 0, 8));
  return device.right(opcode, in);
}

// What comes below all that is listed is forgotten.
R DescendingIsLost(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject) {
    const R list = Whole(device);
    if (FieldOf(list.payload, 10, 2) != 0 &&
        FieldOf(in, 0, 8) < (FieldOf(list.payload, 32, 8) & ~uint64_t{63}))
      return {};
  }
  return device.right(opcode, in);
}

R EighthIsLost(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject && ++device.count % 8 == 0) return {};
  return device.right(opcode, in);
}

// A refusal costs an error that was there.
R RefusedForgets(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kInject && reply.status == CxlStatus::kInvalidInput) {
    const R list = Whole(device);
    if (FieldOf(list.payload, 10, 2) != 0)
      ClearAt(device, FieldOf(list.payload, 32, 8) & ~uint64_t{63});
  }
  return reply;
}

R RefusedIsAnEvent(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kInject && reply.status == CxlStatus::kInvalidInput) {
    InjectAt(device, 0);
    ClearAt(device, 0);
  }
  return reply;
}

}  // namespace wrong_injections

std::vector<WrongAnswer> WrongInjections() {
  using namespace wrong_injections;
  return {
      {"inject-twice-is-two", TwiceIsTwo},
      {"inject-bit-5-is-taken", BitFiveIsTaken},
      {"inject-high-bits-ignored", HighBitsIgnored},
      {"inject-one-beyond-is-taken", OneBeyondIsTaken},
      {"inject-two-lines", TwoLines},
      {"inject-last-is-refused", LastIsRefused},
      {"inject-limit-is-silent", LimitIsSilent},
      {"inject-bit-12-is-lost", BitTwelveIsLost},
      {"inject-between-is-lost", TouchingIsLost},
      {"inject-descending-is-lost", DescendingIsLost},
      {"inject-eighth-is-lost", EighthIsLost},
      {"inject-refused-forgets", RefusedForgets},
      {"inject-refused-is-an-event", RefusedIsAnEvent},
  };
}

}  // namespace daxmend
