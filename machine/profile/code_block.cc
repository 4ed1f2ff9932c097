// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/code_block.h"

#include <cstddef>

namespace daxmend {
namespace {

// Legacy and REX prefixes.
bool IsPrefix(uint8_t byte) {
  switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
      return true;
    default:
      return (byte & 0xf0) == 0x40;
  }
}

std::span<const uint8_t> WithoutPrefixes(std::span<const uint8_t> code) {
  size_t at = 0;
  while (at < code.size() && IsPrefix(code[at])) ++at;
  return code.subspan(at);
}

}  // namespace

BlockEnd EndOf(std::span<const uint8_t> code) {
  const std::span<const uint8_t> bare = WithoutPrefixes(code);
  if (bare.empty()) return BlockEnd::kOther;
  const uint8_t second = bare.size() > 1 ? bare[1] : 0;
  switch (bare[0]) {
    case 0xe8:
      return BlockEnd::kCall;
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
      return BlockEnd::kReturn;
    case 0xcf:
      return BlockEnd::kTrapReturn;
    case 0xe9:
    case 0xeb:
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
      return BlockEnd::kJump;
    case 0xff:
      switch (second >> 3 & 7) {
        case 2:
        case 3:
          return BlockEnd::kCall;
        case 4:
        case 5:
          return BlockEnd::kJump;
        default:
          return BlockEnd::kOther;
      }
    case 0x0f:
      switch (second) {
        case 0x05:
        case 0x34:
          return BlockEnd::kSystemCall;
        case 0x07:
        case 0x35:
          return BlockEnd::kTrapReturn;
        default:
          return (second & 0xf0) == 0x80 ? BlockEnd::kJump : BlockEnd::kOther;
      }
    default:
      return (bare[0] & 0xf0) == 0x70 ? BlockEnd::kJump : BlockEnd::kOther;
  }
}

bool IsClockReading(std::span<const uint8_t> code) {
  const std::span<const uint8_t> bare = WithoutPrefixes(code);
  return bare.size() >= 2 && bare[0] == 0x0f && bare[1] == 0x31;
}

}  // namespace daxmend
