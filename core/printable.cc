// SPDX-License-Identifier: GPL-2.0-only

#include "core/printable.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "core/utf8.h"

namespace daxmend {
namespace {

// Takes the first character off `text`; one byte where it is not UTF-8.
std::string_view TakeFirst(std::string_view& text) {
  const size_t length = Utf8SequenceLength(text);
  const std::string_view first = text.substr(0, length > 0 ? length : 1);
  text.remove_prefix(first.size());
  return first;
}

bool IsSafe(std::string_view first) {
  return Utf8SequenceLength(first) > 0 &&
         !IsControlCharacter(Utf8CodePoint(first));
}

// As C has it in its strings.
std::string Escape(std::string_view bytes) {
  if (bytes == "\n") return "\\n";
  if (bytes == "\t") return "\\t";
  if (bytes == "\r") return "\\r";
  std::string out;
  for (const char byte : bytes) {
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<uint8_t>(byte));
    out += hex;
  }
  return out;
}

std::string WithoutControls(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view first = TakeFirst(text);
    if (IsSafe(first) || kept.find(first) != kept.npos)
      out += first;
    else
      out += Escape(first);
  }
  return out;
}

}  // namespace

bool IsControlCharacter(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
         code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string Printable(std::string_view text) {
  return WithoutControls(text, "");
}

std::string PrintableLines(std::string_view text) {
  return WithoutControls(text, "\n\t");
}

std::string PrintableJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const std::string_view first = TakeFirst(json);
    if (Utf8SequenceLength(first) == 0) {
      out += kReplacementCharacter;
    } else if (IsSafe(first) || first == "\n" || first == "\t") {
      out += first;
    } else {
      // All of them are in the basic plane: no surrogates.
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x",
                    static_cast<unsigned>(Utf8CodePoint(first)) & 0xffff);
      out += escape;
    }
  }
  return out;
}

}  // namespace daxmend
