// SPDX-License-Identifier: GPL-2.0-only
//
// The label storage area.

#include <algorithm>

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_labels {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kGet = 0x4102, kSet = 0x4103;
constexpr uint64_t kBytes = uint64_t{128} << 10;
constexpr size_t kHeader = 8;

std::vector<std::byte> Range(uint64_t offset, uint64_t length) {
  return CxlPayload().Add(4, offset).Add(4, length).Take();
}

R LastByteRefused(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGet && FieldOf(in, 0, 4) + FieldOf(in, 4, 4) == kBytes)
    return Refuse(CxlStatus::kInvalidInput);
  return device.right(opcode, in);
}

R PastEndZeros(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  const uint64_t offset = FieldOf(in, 0, 4);
  if (opcode == kGet && reply.status == CxlStatus::kInvalidInput &&
      offset < kBytes)
    return CxlPayload().Zeros(FieldOf(in, 4, 4) & 0xfff).Reply();
  return reply;
}

R BehindEndEmpty(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t offset = FieldOf(in, 0, 4);
  if (opcode == kGet && offset >= kBytes && offset < 0xffff'0000) return {};
  return device.right(opcode, in);
}

R Wraps(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGet && FieldOf(in, 0, 4) >= 0xffff'0000)
    return device.right(opcode, Range(0, FieldOf(in, 4, 4)));
  return device.right(opcode, in);
}

R OddReadsRoundDown(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGet)
    return device.right(
        opcode, Range(FieldOf(in, 0, 4) & ~uint64_t{3}, FieldOf(in, 4, 4)));
  return device.right(opcode, in);
}

R DropsLastByte(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSet && in.size() > kHeader + 64) in = in.first(in.size() - 1);
  return device.right(opcode, in);
}

R WritesRoundDown(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSet || in.size() < kHeader) return device.right(opcode, in);
  std::vector<std::byte> rounded(in.begin(), in.end());
  StoreLittle(rounded, 0, 4, FieldOf(in, 0, 4) & ~uint64_t{7});
  return device.right(opcode, rounded);
}

R WritesWholeBlocks(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSet || in.size() < kHeader) return device.right(opcode, in);
  const uint64_t room = kBytes - std::min(kBytes, FieldOf(in, 0, 4));
  std::vector<std::byte> padded(in.begin(), in.end());
  const size_t data = in.size() - kHeader;
  padded.resize(
      kHeader +
      std::max<size_t>(data, std::min<uint64_t>(room, (data + 63) / 64 * 64)));
  return device.right(opcode, padded);
}

R EndIsReadOnly(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSet && in.size() == kHeader + 5 &&
      FieldOf(in, 0, 4) + 5 == kBytes)
    return {};
  return device.right(opcode, in);
}

R CutAtTheEnd(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t offset = FieldOf(in, 0, 4);
  if (opcode == kSet && in.size() > kHeader && offset < kBytes &&
      in.size() - kHeader > kBytes - offset)
    in = in.first(kHeader + kBytes - offset);
  return device.right(opcode, in);
}

R RefusedButWritten(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kSet && reply.status == CxlStatus::kInvalidInput)
    CutAtTheEnd(device, opcode, in);
  return reply;
}

R ComeShort(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGet) reply.payload.resize(reply.payload.size() / 2);
  return reply;
}

R ForgottenByReset(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kGet && device.resets != device.count) {
    device.count = device.resets;
    device.right(kSet, CxlPayload().Add(4, kBytes - 64).Zeros(4 + 64).Take());
  }
  return device.right(opcode, in);
}

}  // namespace wrong_labels

std::vector<WrongAnswer> WrongLabels() {
  using namespace wrong_labels;
  return {
      {"labels-last-byte-refused", LastByteRefused},
      {"labels-past-end-zeros", PastEndZeros},
      {"labels-behind-end-empty", BehindEndEmpty},
      {"labels-wrap", Wraps},
      {"labels-odd-reads-round-down", OddReadsRoundDown},
      {"labels-drop-last-byte", DropsLastByte},
      {"labels-writes-round-down", WritesRoundDown},
      {"labels-write-whole-blocks", WritesWholeBlocks},
      {"labels-end-is-read-only", EndIsReadOnly},
      {"labels-cut-at-the-end", CutAtTheEnd},
      {"labels-refused-but-written", RefusedButWritten},
      {"labels-forgotten-by-reset", ForgottenByReset},
      {"labels-come-short", ComeShort},
  };
}

}  // namespace daxmend
