// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/instructions.h"

#include <cstddef>
#include <cstring>

namespace daxmend {
namespace {

// By their numbers in instructions.
constexpr Gpr kRegisters[] = {Gpr::kRax, Gpr::kRcx, Gpr::kRdx, Gpr::kRbx,
                              Gpr::kRsp, Gpr::kRbp, Gpr::kRsi, Gpr::kRdi};

}  // namespace

GuestRegisters InFrontOf(const LoadPlace& place, GuestRegisters behind) {
  const auto set = [&](Gpr which, uint64_t value) {
    behind.general[static_cast<size_t>(which)] = value;
  };
  behind.instruction = place.instruction;
  // Prefixes: of a repetition, of operand size, REX, of segments.
  bool repeats = false;
  size_t at = 0;
  for (; at < sizeof place.code; ++at) {
    const uint8_t byte = place.code[at];
    if (byte == 0xf2 || byte == 0xf3)
      repeats = true;
    else if (byte != 0x66 && (byte & 0xf0) != 0x40 && byte != 0x2e &&
             byte != 0x36 && byte != 0x3e && byte != 0x26 && byte != 0x64 &&
             byte != 0x65)
      break;
  }
  const uint8_t opcode = at < sizeof place.code ? place.code[at] : 0;
  const bool moves = opcode == 0xa4 || opcode == 0xa5;     // MOVS
  const bool loads = opcode == 0xac || opcode == 0xad;     // LODS
  const bool compares = opcode == 0xa6 || opcode == 0xa7;  // CMPS
  if (place.bytes == 0 || !(moves || loads || compares)) return behind;
  // How far it went, forwards or back.
  const uint64_t gone = behind[Gpr::kRsi] - place.address;
  set(Gpr::kRsi, place.address);
  if (!loads) set(Gpr::kRdi, behind[Gpr::kRdi] - gone);
  if (repeats) {
    const auto distance = static_cast<int64_t>(gone);
    set(Gpr::kRcx,
        behind[Gpr::kRcx] +
            static_cast<uint64_t>(distance < 0 ? -distance : distance) /
                place.bytes);
  }
  return behind;
}

std::optional<SimpleInstruction> ParseSimple(std::string_view code) {
  using namespace std::string_view_literals;
  // ENDBR64, what the kernel makes of it, and what it puts for ftrace.
  for (std::string_view nothing :
       {"\xf3\x0f\x1e\xfa"sv, "\x0f\x1f\x40\x00"sv, "\x0f\x1f\x40\xd6"sv,
        "\x66\x0f\x1f\x00"sv, "\x0f\x1f\x44\x00\x00"sv})
    if (code.starts_with(nothing))
      return SimpleInstruction{.bytes = nothing.size()};
  const auto byte = [&](size_t at) {
    return at < code.size() ? static_cast<uint8_t>(code[at]) : uint8_t{0};
  };
  // MOV r32, r32: the upper half of the register becomes zero.
  if (byte(0) == 0x89 && byte(1) >= 0xc0)
    return SimpleInstruction{.bytes = 2,
                             .to = kRegisters[byte(1) & 7],
                             .from = kRegisters[byte(1) >> 3 & 7]};
  // MOV r32, imm32, which does that, too.
  if ((byte(0) & 0xf8) == 0xb8 && code.size() >= kSimpleBytes) {
    SimpleInstruction move{.bytes = 5, .to = kRegisters[byte(0) & 7]};
    std::memcpy(&move.constant, code.data() + 1, sizeof move.constant);
    return move;
  }
  return {};
}

}  // namespace daxmend
