// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/html_text.h"

#include "core/printable.h"
#include "core/utf8.h"

namespace daxmend {
namespace {

// U+FFFE and U+FFFF are no characters of XML 1.0, in which JUnit reports are.
bool IsNeverShown(char32_t c) {
  return c == 0xfffe || c == 0xffff ||
         (IsControlCharacter(c) && c != '\n' && c != '\t');
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, length);
    const char c = text[0];
    if (length == 0 || IsNeverShown(Utf8CodePoint(sequence))) {
      out += kReplacementCharacter;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += sequence;
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace daxmend
