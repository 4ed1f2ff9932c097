// SPDX-License-Identifier: GPL-2.0-only
//
// Features, and post package repair.

#include <algorithm>

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_features {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kList = 0x0500, kGet = 0x0501, kSet = 0x0502,
                   kMaintain = 0x0600;
constexpr size_t kHeader = 8, kEntry = 48;
constexpr size_t kSetData = 32;

// Patrol scrub's uuid begins so; error check scrub's does not.
bool IsScrub(In in) { return FieldOf(in, 0, 2) == 0xda96; }

R IndexZero(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList) SetField(&reply, kHeader + kEntry + 16, 2, 0);
  return reply;
}

R Twice(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList && reply.payload.size() >= kHeader + 2 * kEntry)
    std::copy_n(reply.payload.begin() + kHeader, 16,
                reply.payload.begin() + kHeader + kEntry);
  return reply;
}

R CountOneMore(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList) SetField(&reply, 0, 2, FieldOf(reply.payload, 0, 2) + 1);
  return reply;
}

std::vector<std::byte> From(In in, uint64_t first) {
  std::vector<std::byte> out(in.begin(), in.end());
  if (out.size() >= 6) StoreLittle(out, 4, 2, first);
  return out;
}

R StartIgnored(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kList && FieldOf(in, 4, 2) == 1)
    return device.right(opcode, From(in, 0));
  return device.right(opcode, in);
}

R BehindIsEmpty(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList && reply.status == CxlStatus::kInvalidInput)
    return CxlPayload().Add(2, 0).Add(2, 2).Zeros(4).Reply();
  return reply;
}

R OneByteLess(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && reply.payload.size() > 3) reply.payload.pop_back();
  return reply;
}

R OffsetIgnored(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode != kGet || reply.status != CxlStatus::kSuccess) return reply;
  std::vector<std::byte> ask(in.begin(), in.end());
  StoreLittle(ask, 16, 2, 0);
  return device.right(opcode, ask);
}

R BehindIsZeros(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && reply.status == CxlStatus::kInvalidInput)
    return CxlPayload().Zeros(FieldOf(in, 18, 2)).Reply();
  return reply;
}

R UnknownAnswers(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && reply.status == CxlStatus::kUnsupported)
    return CxlPayload().Zeros(FieldOf(in, 18, 2)).Reply();
  return reply;
}

R HoursBelowLeast(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && IsScrub(in) && reply.payload.size() == 4)
    SetField(&reply, 2, 1, 200);
  return reply;
}

// Takes patrol scrub's setting, all but the field of `at`.
template <size_t at>
R FieldStays(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSet || !IsScrub(in) || in.size() < kSetData + 2)
    return device.right(opcode, in);
  std::vector<std::byte> ask(in.begin(), in.end());
  ask[kSetData + at] = std::byte{at == 0 ? uint8_t{24} : uint8_t{1}};
  R reply = device.right(opcode, in);
  if (reply.status == CxlStatus::kSuccess) device.right(opcode, ask);
  return reply;
}

R TooFewIsTaken(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSet && IsScrub(in) && reply.status == CxlStatus::kInvalidInput)
    return {};
  return reply;
}

R TooFewIsLeast(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSet && IsScrub(in) &&
      reply.status == CxlStatus::kInvalidInput && in.size() > kSetData) {
    std::vector<std::byte> ask(in.begin(), in.end());
    ask[kSetData] = std::byte{12};
    device.right(opcode, ask);
  }
  return reply;
}

R ThresholdReserved(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && !IsScrub(in) && reply.payload.size() == 9)
    SetField(&reply, 2, 1, 7);
  return reply;
}

R ReservedIsTaken(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSet && !IsScrub(in) &&
      reply.status == CxlStatus::kInvalidInput)
    return {};
  return reply;
}

R QueryRepairs(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kMaintain && reply.status == CxlStatus::kSuccess)
    device.right(0x4302,
                 CxlPayload().Add(8, FieldOf(in, 3, 8)).Zeros(64).Take());
  return reply;
}

R QueryOutside(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kMaintain && reply.status == CxlStatus::kInvalidAddress)
    return {};
  return reply;
}

}  // namespace wrong_features

std::vector<WrongAnswer> WrongFeatures() {
  using namespace wrong_features;
  return {
      {"feature-index-zero", IndexZero},
      {"feature-twice", Twice},
      {"feature-count-one-more", CountOneMore},
      {"feature-start-ignored", StartIgnored},
      {"feature-behind-is-empty", BehindIsEmpty},
      {"feature-one-byte-less", OneByteLess},
      {"feature-offset-ignored", OffsetIgnored},
      {"feature-behind-is-zeros", BehindIsZeros},
      {"feature-unknown-answers", UnknownAnswers},
      {"scrub-hours-below-least", HoursBelowLeast},
      {"scrub-hours-stay", FieldStays<0>},
      {"scrub-switch-stays", FieldStays<1>},
      {"scrub-too-few-is-taken", TooFewIsTaken},
      {"scrub-too-few-is-least", TooFewIsLeast},
      {"ecs-threshold-reserved", ThresholdReserved},
      {"ecs-reserved-is-taken", ReservedIsTaken},
      {"repair-query-repairs", QueryRepairs},
      {"repair-query-outside", QueryOutside},
  };
}

}  // namespace daxmend
