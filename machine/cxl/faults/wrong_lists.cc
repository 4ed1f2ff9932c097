// SPDX-License-Identifier: GPL-2.0-only
//
// Get Poison List.

#include <algorithm>

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_lists {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kList = 0x4300;
constexpr uint64_t kLine = 64;
constexpr size_t kHeader = 32, kRecord = 16;
constexpr size_t kFlagsAt = 0, kCountAt = 10;

std::vector<std::byte> Range(uint64_t dpa, uint64_t lines) {
  return CxlPayload().Add(8, dpa).Add(8, lines).Take();
}

bool IsList(uint16_t opcode, In in) {
  return opcode == kList && in.size() == 16;
}

uint64_t Count(const R& reply) { return FieldOf(reply.payload, kCountAt, 2); }

// Changes each record of a good answer by `edit`.
R EachRecord(WrongDevice& device, uint16_t opcode, In in,
             void (*edit)(R* reply, size_t at)) {
  R reply = device.right(opcode, in);
  if (opcode == kList)
    for (uint64_t i = 0; i < Count(reply); ++i)
      edit(&reply, kHeader + i * kRecord);
  return reply;
}

R RangeIgnored(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (!IsList(opcode, in) || reply.status != CxlStatus::kSuccess ||
      FieldOf(in, 8, 8) == 0)
    return reply;
  return device.right(opcode, Range(0, device.bytes / kLine));
}

R EndIsInside(WrongDevice& device, uint16_t opcode, In in) {
  if (!IsList(opcode, in)) return device.right(opcode, in);
  const uint64_t dpa = FieldOf(in, 0, 8), lines = FieldOf(in, 8, 8);
  const bool fits = lines != 0 && dpa + (lines + 1) * kLine <= device.bytes;
  return device.right(opcode, fits ? Range(dpa, lines + 1) : Range(dpa, lines));
}

// A record is found by its first line alone.
R ByFirstLineOnly(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (!IsList(opcode, in)) return reply;
  const uint64_t dpa = FieldOf(in, 0, 8);
  const R before = dpa >= kLine ? device.right(opcode, Range(dpa - kLine, 1))
                                : R{.payload = {}};
  if (Count(reply) == 0 || Count(before) == 0) return reply;
  reply.payload.erase(reply.payload.begin() + kHeader,
                      reply.payload.begin() + kHeader + kRecord);
  SetField(&reply, kCountAt, 2, Count(reply) - 1);
  return reply;
}

R MisalignedRoundsDown(WrongDevice& device, uint16_t opcode, In in) {
  if (IsList(opcode, in))
    return device.right(
        opcode, Range(FieldOf(in, 0, 8) & ~(kLine - 1), FieldOf(in, 8, 8)));
  return device.right(opcode, in);
}

R Empty() { return CxlPayload().Zeros(kHeader).Reply(); }

R OutsideIsEmpty(WrongDevice& device, uint16_t opcode, In in) {
  if (IsList(opcode, in) && FieldOf(in, 0, 8) >= device.bytes) return Empty();
  return device.right(opcode, in);
}

R AcrossIsCut(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8), lines = FieldOf(in, 8, 8);
  if (IsList(opcode, in) && dpa < device.bytes && lines < (1 << 30))
    return device.right(
        opcode, Range(dpa, std::min(lines, (device.bytes - dpa) / kLine)));
  return device.right(opcode, in);
}

R LengthWraps(WrongDevice& device, uint16_t opcode, In in) {
  if (IsList(opcode, in))
    return device.right(opcode,
                        Range(FieldOf(in, 0, 8),
                              FieldOf(in, 8, 8) & ((uint64_t{1} << 58) - 1)));
  return device.right(opcode, in);
}

R NoLinesIsOne(WrongDevice& device, uint16_t opcode, In in) {
  if (IsList(opcode, in) && FieldOf(in, 8, 8) == 0)
    return device.right(opcode, Range(FieldOf(in, 0, 8), 1));
  return device.right(opcode, in);
}

R MoreIsNotTold(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList) SetField(&reply, kFlagsAt, 1, 0);
  return reply;
}

// The first part comes again and again.
R MoreBeginsAgain(WrongDevice& device, uint16_t opcode, In in) {
  if (IsList(opcode, in)) device.right(opcode, Range(0, 0));
  return device.right(opcode, in);
}

// The second part leaves out its first record.
R MoreSkipsOne(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (!IsList(opcode, in)) return reply;
  const bool goes_on = device.count != 0;
  device.count = FieldOf(reply.payload, kFlagsAt, 1) & 1;
  if (goes_on && Count(reply) != 0) {
    reply.payload.erase(reply.payload.begin() + kHeader,
                        reply.payload.begin() + kHeader + kRecord);
    SetField(&reply, kCountAt, 2, Count(reply) - 1);
  }
  return reply;
}

// Goes on with the last list whatever range is asked for.
R MoreWhateverRange(WrongDevice& device, uint16_t opcode, In in) {
  if (!IsList(opcode, in)) return device.right(opcode, in);
  std::vector<std::byte> ask(in.begin(), in.end());
  if (!device.kept.empty()) ask = device.kept;
  R reply = device.right(opcode, ask);
  const bool more = FieldOf(reply.payload, kFlagsAt, 1) & 1;
  device.kept = more ? ask : std::vector<std::byte>();
  return reply;
}

R CountOneMore(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kList) SetField(&reply, kCountAt, 2, Count(reply) + 1);
  return reply;
}

R SourceInternal(WrongDevice& device, uint16_t opcode, In in) {
  return EachRecord(device, opcode, in, [](R* reply, size_t at) {
    SetField(reply, at, 1, (FieldOf(reply->payload, at, 1) & ~uint64_t{7}) | 2);
  });
}

R LengthInBytes(WrongDevice& device, uint16_t opcode, In in) {
  return EachRecord(device, opcode, in, [](R* reply, size_t at) {
    SetField(reply, at + 8, 4, FieldOf(reply->payload, at + 8, 4) * 64);
  });
}

R LengthOneMore(WrongDevice& device, uint16_t opcode, In in) {
  return EachRecord(device, opcode, in, [](R* reply, size_t at) {
    SetField(reply, at + 8, 4, FieldOf(reply->payload, at + 8, 4) + 1);
  });
}

// A record that holds the device's last line goes on behind it.
R LastIsLonger(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode != kList || Count(reply) == 0) return reply;
  const size_t at = kHeader + (Count(reply) - 1) * kRecord;
  const uint64_t end = (FieldOf(reply.payload, at, 8) & ~uint64_t{63}) +
                       FieldOf(reply.payload, at + 8, 4) * kLine;
  if (end == device.bytes)
    SetField(&reply, at + 8, 4, FieldOf(reply.payload, at + 8, 4) + 4);
  return reply;
}

}  // namespace wrong_lists

std::vector<WrongAnswer> WrongLists() {
  using namespace wrong_lists;
  return {
      {"list-range-ignored", RangeIgnored},
      {"list-end-is-inside", EndIsInside},
      {"list-by-first-line-only", ByFirstLineOnly},
      {"list-misaligned-rounds-down", MisalignedRoundsDown},
      {"list-outside-is-empty", OutsideIsEmpty},
      {"list-across-is-cut", AcrossIsCut},
      {"list-length-wraps", LengthWraps},
      {"list-no-lines-is-one", NoLinesIsOne},
      {"list-more-is-not-told", MoreIsNotTold},
      {"list-more-begins-again", MoreBeginsAgain},
      {"list-more-skips-one", MoreSkipsOne},
      {"list-more-whatever-range", MoreWhateverRange},
      {"list-count-one-more", CountOneMore},
      {"list-source-internal", SourceInternal},
      {"list-length-in-bytes", LengthInBytes},
      {"list-length-one-more", LengthOneMore},
      {"list-last-is-longer", LastIsLonger},
  };
}

}  // namespace daxmend
