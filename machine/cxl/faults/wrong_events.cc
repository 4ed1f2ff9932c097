// SPDX-License-Identifier: GPL-2.0-only
//
// Event records, and the timestamp.

#include <algorithm>

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_events {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kGet = 0x0100, kClear = 0x0101, kGetPolicy = 0x0102,
                   kSetPolicy = 0x0103, kGetTime = 0x0300, kSetTime = 0x0301,
                   kInject = 0x4301;
constexpr size_t kHeader = 32, kRecord = 128;
constexpr size_t kFlagsAt = 0, kDroppedAt = 2, kCountAt = 20;
// In a record.
constexpr size_t kLengthAt = 16, kSeverityAt = 17, kHandleAt = 20, kTimeAt = 24,
                 kDpaAt = 48, kTransactionAt = 58;

uint64_t Count(const R& reply) { return FieldOf(reply.payload, kCountAt, 2); }

// Sets a field of each record.
template <size_t offset, size_t bytes, uint64_t value>
R Records(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet)
    for (uint64_t i = 0; i < Count(reply); ++i)
      SetField(&reply, kHeader + i * kRecord + offset, bytes, value);
  return reply;
}

template <uint8_t bits>
R WithoutFlags(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet)
    SetField(&reply, kFlagsAt, 1,
             FieldOf(reply.payload, kFlagsAt, 1) & ~uint64_t{bits});
  return reply;
}

R DpaOfNext(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet)
    for (uint64_t i = 0; i < Count(reply); ++i) {
      const size_t at = kHeader + i * kRecord + kDpaAt;
      SetField(&reply, at, 8, FieldOf(reply.payload, at, 8) + 64);
    }
  return reply;
}

R NewestFirst(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode != kGet || Count(reply) == 0) return reply;
  std::vector<std::byte> turned(reply.payload.begin(),
                                reply.payload.begin() + kHeader);
  for (uint64_t i = Count(reply); i-- > 0;) {
    const auto at = reply.payload.begin() +
                    static_cast<std::ptrdiff_t>(kHeader + i * kRecord);
    turned.insert(turned.end(), at, at + kRecord);
  }
  reply.payload = std::move(turned);
  return reply;
}

std::vector<std::byte> AllOf(uint64_t log) {
  return CxlPayload().Add(1, log).Add(1, 1).Zeros(4).Take();
}

R ReadingClears(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet && reply.status == CxlStatus::kSuccess)
    device.right(kClear, AllOf(FieldOf(in, 0, 1)));
  return reply;
}

// How a log is asked for, and the handle of its first record.
uint64_t FirstHandle(WrongDevice& device, uint64_t log) {
  const R reply = device.right(kGet, CxlPayload().Add(1, log).Take());
  return Count(reply) ? FieldOf(reply.payload, kHeader + kHandleAt, 2) : 0;
}

R ClearsOneMore(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kClear && FieldOf(in, 1, 1) == 0 &&
      reply.status == CxlStatus::kSuccess)
    if (const uint64_t next = FirstHandle(device, FieldOf(in, 0, 1)))
      device.right(kClear, CxlPayload()
                               .Add(1, FieldOf(in, 0, 1))
                               .Add(1, 0)
                               .Add(1, 1)
                               .Zeros(3)
                               .Add(2, next)
                               .Take());
  return reply;
}

R ClearsFirstOnly(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kClear || FieldOf(in, 1, 1) != 0 || FieldOf(in, 2, 1) < 2 ||
      in.size() < 8)
    return device.right(opcode, in);
  std::vector<std::byte> one(in.begin(), in.begin() + 8);
  StoreLittle(one, 2, 1, 1);
  return device.right(opcode, one);
}

R UnknownHandleSucceeds(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (reply.status == CxlStatus::kInvalidHandle)
    reply.status = CxlStatus::kSuccess;
  return reply;
}

R UnknownHandleClears(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (reply.status == CxlStatus::kInvalidHandle)
    device.right(kClear, AllOf(FieldOf(in, 0, 1)));
  return reply;
}

R DroppedIsZero(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet) SetField(&reply, kDroppedAt, 2, 0);
  return reply;
}

// Once there was an overflow, there is.
R OverflowStays(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode != kGet) return reply;
  if (FieldOf(reply.payload, kFlagsAt, 1) & 1) device.count = 1;
  if (device.count) {
    SetField(&reply, kFlagsAt, 1, FieldOf(reply.payload, kFlagsAt, 1) | 1);
    SetField(&reply, kDroppedAt, 2, 3);
  }
  return reply;
}

R AnyLogAnswers(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGet && FieldOf(in, 0, 1) >= 4)
    return CxlPayload().Zeros(kHeader).Reply();
  return device.right(opcode, in);
}

R PolicyStays(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSetPolicy) device.kept.assign(4, std::byte{1});
  const R reply = device.right(opcode, in);
  if (opcode == kGetPolicy && !device.kept.empty())
    return {.payload = device.kept};
  return reply;
}

R InjectTwiceIsTold(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kInject && reply.status == CxlStatus::kSuccess) {
    // Another event, for another line.
    const uint64_t other = FieldOf(in, 0, 8) ^ 64;
    device.right(kInject, CxlPayload().Add(8, other).Take());
    device.right(0x4302, CxlPayload().Add(8, other).Zeros(64).Take());
  }
  return reply;
}

R TimeForgets(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSetTime) return {};
  return device.right(opcode, in);
}

R TimeStands(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSetTime) device.count = FieldOf(in, 0, 8);
  R reply = device.right(opcode, in);
  if (opcode == kGetTime) SetField(&reply, 0, 8, device.count);
  return reply;
}

R TimeIsShort(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGetTime) reply.payload.resize(4);
  return reply;
}

}  // namespace wrong_events

std::vector<WrongAnswer> WrongEvents() {
  using namespace wrong_events;
  return {
      {"event-handle-zero", Records<kHandleAt, 2, 0>},
      {"event-handle-same", Records<kHandleAt, 2, 7>},
      {"event-transaction-unknown", Records<kTransactionAt, 1, 0>},
      {"event-length-zero", Records<kLengthAt, 1, 0>},
      {"event-severity-fatal", Records<kSeverityAt, 1, 3>},
      {"event-without-time", Records<kTimeAt, 8, 0>},
      {"event-is-no-media-event", Records<0, 4, 0>},
      {"event-dpa-of-next", DpaOfNext},
      {"event-newest-first", NewestFirst},
      {"event-reading-clears", ReadingClears},
      {"event-told-twice", InjectTwiceIsTold},
      {"event-clears-one-more", ClearsOneMore},
      {"event-clears-first-only", ClearsFirstOnly},
      {"event-unknown-handle-succeeds", UnknownHandleSucceeds},
      {"event-unknown-handle-clears", UnknownHandleClears},
      {"event-overflow-is-not-told", WithoutFlags<1>},
      {"event-more-is-not-told", WithoutFlags<2>},
      {"event-dropped-is-zero", DroppedIsZero},
      {"event-overflow-stays", OverflowStays},
      {"event-any-log-answers", AnyLogAnswers},
      {"event-policy-stays", PolicyStays},
      {"time-forgets", TimeForgets},
      {"time-stands", TimeStands},
      {"time-is-short", TimeIsShort},
  };
}

}  // namespace daxmend
