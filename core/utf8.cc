// SPDX-License-Identifier: GPL-2.0-only

#include "core/utf8.h"

#include <cstdint>
#include <cstdio>

namespace daxmend {

size_t Utf8SequenceLength(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  uint8_t low = 0x80, high = 0xbf;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

char32_t Utf8CodePoint(std::string_view sequence) {
  constexpr unsigned kFirstByteMask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t code =
      static_cast<uint8_t>(sequence[0]) & kFirstByteMask[sequence.size()];
  for (char c : sequence.substr(1))
    code = code << 6 | (static_cast<uint8_t>(c) & 0x3f);
  return code;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string AsUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length > 0) {
      out += text.substr(0, length);
    } else {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<uint8_t>(text[0]));
      out += hex;
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace daxmend
