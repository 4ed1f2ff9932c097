// SPDX-License-Identifier: GPL-2.0-only
//
// Clear Poison.

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_clears {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kList = 0x4300, kInject = 0x4301, kClear = 0x4302;
constexpr uint64_t kLine = 64;

R Clear(WrongDevice& device, uint64_t dpa) {
  return device.right(kClear, CxlPayload().Add(8, dpa).Zeros(64).Take());
}

bool IsBad(WrongDevice& device, uint64_t dpa) {
  if (dpa >= device.bytes) return false;
  const R list = device.right(kList, CxlPayload().Add(8, dpa).Add(8, 1).Take());
  return FieldOf(list.payload, 10, 2) != 0;
}

R TakesWholeRecord(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear) {
    const uint64_t dpa = FieldOf(in, 0, 8);
    for (uint64_t at = dpa + kLine; IsBad(device, at); at += kLine)
      Clear(device, at);
    for (uint64_t at = dpa - kLine; IsBad(device, at); at -= kLine)
      Clear(device, at);
  }
  return device.right(opcode, in);
}

R TakesPrevious(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear && FieldOf(in, 0, 8) >= kLine)
    Clear(device, FieldOf(in, 0, 8) - kLine);
  return device.right(opcode, in);
}

R TakesTwoOn(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear) Clear(device, FieldOf(in, 0, 8) + 2 * kLine);
  return device.right(opcode, in);
}

// The first line of a longer record takes that along.
R FirstTakesAll(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8);
  if (opcode == kClear && !IsBad(device, dpa - kLine))
    for (uint64_t at = dpa + kLine; IsBad(device, at); at += kLine)
      Clear(device, at);
  return device.right(opcode, in);
}

// The last line of a longer record stays.
R LastStays(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8);
  if (opcode == kClear && IsBad(device, dpa) && IsBad(device, dpa - kLine) &&
      !IsBad(device, dpa + kLine))
    return {};
  return device.right(opcode, in);
}

R CleanIsRefused(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8);
  if (opcode == kClear && dpa % kLine == 0 && dpa < device.bytes &&
      !IsBad(device, dpa))
    return Refuse(CxlStatus::kInvalidAddress);
  return device.right(opcode, in);
}

// What was cleared cannot be injected any more.
R CannotComeBack(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear) device.lines.insert(FieldOf(in, 0, 8));
  if (opcode == kInject && device.lines.contains(FieldOf(in, 0, 8))) return {};
  return device.right(opcode, in);
}

R LastLineIsRefused(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear && FieldOf(in, 0, 8) == device.bytes - kLine)
    return Refuse(CxlStatus::kInvalidAddress);
  return device.right(opcode, in);
}

R FifthStays(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear && ++device.count % 5 == 0) return {};
  return device.right(opcode, in);
}

R MisalignedRoundsDown(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear)
    return device.right(opcode, WithDpa(in, FieldOf(in, 0, 8) & ~(kLine - 1)));
  return device.right(opcode, in);
}

R MisalignedSucceeds(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear && FieldOf(in, 0, 8) % kLine) return {};
  return device.right(opcode, in);
}

R OutsideSucceeds(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear && FieldOf(in, 0, 8) == device.bytes) return {};
  return device.right(opcode, in);
}

R HighBitsIgnored(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kClear)
    return device.right(
        opcode, WithDpa(in, FieldOf(in, 0, 8) & ((uint64_t{1} << 40) - 1)));
  return device.right(opcode, in);
}

// Nothing until it is asked a second time.
R OnlyTheSecondTime(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kInject) device.lines.insert(FieldOf(in, 0, 8));
  if (opcode == kClear && device.lines.erase(FieldOf(in, 0, 8)) != 0) return {};
  return device.right(opcode, in);
}

// What was cleared is back after a reset.
R ResetBringsBack(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kClear && IsBad(device, FieldOf(in, 0, 8)) == false)
    device.lines.insert(FieldOf(in, 0, 8));
  if (device.resets != device.count) {
    device.count = device.resets;
    for (uint64_t dpa : device.lines)
      device.right(kInject, CxlPayload().Add(8, dpa).Take());
    device.lines.clear();
    return device.right(opcode, in);
  }
  return reply;
}

}  // namespace wrong_clears

std::vector<WrongAnswer> WrongClears() {
  using namespace wrong_clears;
  return {
      {"clear-takes-whole-record", TakesWholeRecord},
      {"clear-takes-previous", TakesPrevious},
      {"clear-takes-two-on", TakesTwoOn},
      {"clear-first-takes-all", FirstTakesAll},
      {"clear-last-stays", LastStays},
      {"clear-clean-is-refused", CleanIsRefused},
      {"clear-cannot-come-back", CannotComeBack},
      {"clear-last-line-is-refused", LastLineIsRefused},
      {"clear-fifth-stays", FifthStays},
      {"clear-misaligned-rounds-down", MisalignedRoundsDown},
      {"clear-misaligned-succeeds", MisalignedSucceeds},
      {"clear-outside-succeeds", OutsideSucceeds},
      {"clear-high-bits-ignored", HighBitsIgnored},
      {"clear-only-the-second-time", OnlyTheSecondTime},
      {"clear-is-undone-by-reset", ResetBringsBack},
  };
}

}  // namespace daxmend
