// SPDX-License-Identifier: GPL-2.0-only
//
// One field of an answer has another value.

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_fields {

using R = CxlReply;
using In = CxlInput;

// Sets `bytes` bytes at `offset` of a good answer to `wanted` to `value`.
template <uint16_t wanted, size_t offset, size_t bytes, uint64_t value>
R Field(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == wanted && reply.status == CxlStatus::kSuccess)
    SetField(&reply, offset, bytes, value);
  return reply;
}

R PartitionBelowFixed(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4100) {
    const uint64_t all =
        FieldOf(reply.payload, 0, 8) + FieldOf(reply.payload, 8, 8);
    const bool is_volatile = FieldOf(reply.payload, 0, 8) != 0;
    SetField(&reply, 0, 8, is_volatile ? 0 : all);
    SetField(&reply, 8, 8, is_volatile ? all : 0);
  }
  return reply;
}

R IdentityChanges(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4000 && ++device.count % 2 == 0) SetField(&reply, 15, 1, 1);
  return reply;
}

R IdentityChangesLate(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4000 && ++device.count % 16 == 0) SetField(&reply, 15, 1, 1);
  return reply;
}

R IdentityShort(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4000) reply.payload.resize(68);
  return reply;
}

R IdentityChangesByReset(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4000 && device.resets % 2) SetField(&reply, 15, 1, 1);
  return reply;
}

R CodeReserved(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x4200) reply.status = static_cast<CxlStatus>(0x77);
  return reply;
}

R LongInputTaken(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == 0x4000) in = {};
  return device.right(opcode, in);
}

R ShortInputTaken(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != 0x0401 || in.empty() || in.size() >= 24)
    return device.right(opcode, in);
  std::vector<std::byte> longer(in.begin(), in.end());
  longer.resize(24);
  return device.right(opcode, longer);
}

R MissingInputTaken(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == 0x0401 && in.empty()) return {};
  return device.right(opcode, in);
}

R UnsupportedSucceeds(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x3ffe) reply.status = CxlStatus::kSuccess;
  return reply;
}

R UnsupportedIsInvalid(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == 0x3ffe) reply.status = CxlStatus::kInvalidInput;
  return reply;
}

R RefusalHasOutput(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (reply.status == CxlStatus::kInvalidPayloadLength)
    reply.payload.resize(16);
  return reply;
}

// After a refusal the next answer is the refused one's.
R RefusalSpoilsNext(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (device.count && opcode == 0x4000 && reply.status == CxlStatus::kSuccess) {
    device.count = 0;
    SetField(&reply, 0, 4, 0);
  }
  if (reply.status == CxlStatus::kInvalidPayloadLength) device.count = 1;
  return reply;
}

}  // namespace wrong_fields

std::vector<WrongAnswer> WrongFields() {
  using namespace wrong_fields;
  return {
      {"identify-total-off", Field<0x4000, 16, 8, 9>},
      {"identify-no-poison-records", Field<0x4000, 60, 3, 0>},
      {"identify-log-without-room", Field<0x4000, 50, 2, 0>},
      {"identify-poison-flags-reserved", Field<0x4000, 65, 1, 0x80>},
      {"identify-revision-not-text", Field<0x4000, 2, 1, 1>},
      {"identify-labels-huge", Field<0x4000, 56, 4, 0x7fff'ffff>},
      {"identify-limit-is-not-kept", Field<0x4000, 63, 2, 8>},
      {"identify-short", IdentityShort},
      {"identify-changes", IdentityChanges},
      {"identify-changes-late", IdentityChangesLate},
      {"identify-changes-by-reset", IdentityChangesByReset},
      {"partition-not-all-active", Field<0x4100, 8, 8, 0>},
      {"partition-below-fixed", PartitionBelowFixed},
      {"partition-next-differs", Field<0x4100, 24, 8, 7>},
      {"firmware-no-slot-active", Field<0x0200, 1, 1, 0>},
      {"firmware-other-revision", Field<0x0200, 16, 1, 'X'>},
      {"health-life-200", Field<0x4200, 3, 1, 200>},
      {"health-temperature-500", Field<0x4200, 4, 2, 500>},
      {"health-media-reserved", Field<0x4200, 1, 1, 0x20>},
      {"alerts-reserved", Field<0x4201, 1, 1, 0xff>},
      {"alerts-under-above-over", Field<0x4201, 4, 2, 0xffe0>},
      {"shutdown-state-reserved", Field<0x4203, 0, 1, 2>},
      {"events-flags-reserved", Field<0x0100, 0, 1, 0x80>},
      {"events-more-of-nothing", Field<0x0100, 0, 1, 2>},
      {"event-policy-reserved", Field<0x0102, 0, 1, 0x0c>},
      {"logs-count-of-two", Field<0x0400, 0, 2, 2>},
      {"logs-reserved", Field<0x0400, 3, 1, 1>},
      {"log-of-five-bytes", Field<0x0400, 24, 4, 5>},
      {"log-huge", Field<0x0400, 24, 4, 0x4000'0000>},
      {"list-reserved", Field<0x4300, 1, 1, 1>},
      {"list-flags-reserved", Field<0x4300, 0, 1, 0x40>},
      {"list-overflow-time", Field<0x4300, 2, 8, 5>},
      {"list-count-huge", Field<0x4300, 10, 2, 0xffff>},
      {"scan-estimate-zero", Field<0x4303, 0, 4, 0>},
      {"scan-says-stopped", Field<0x4305, 16, 1, 2>},
      {"code-reserved", CodeReserved},
      {"long-input-taken", LongInputTaken},
      {"short-input-taken", ShortInputTaken},
      {"missing-input-taken", MissingInputTaken},
      {"unsupported-succeeds", UnsupportedSucceeds},
      {"unsupported-is-invalid", UnsupportedIsInvalid},
      {"refusal-has-output", RefusalHasOutput},
      {"refusal-spoils-next", RefusalSpoilsNext},
  };
}

}  // namespace daxmend
