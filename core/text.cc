// SPDX-License-Identifier: GPL-2.0-only

#include "core/text.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace daxmend {

std::string Joined(const std::vector<std::string>& words,
                   std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != &words.front()) text += separator;
    text += word;
  }
  return text;
}

std::string Wrapped(const std::string& label, const std::string& text,
                    size_t columns) {
  std::string out = label, line;
  const std::string indent(label.size(), ' ');
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = std::min(text.find(' ', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    if (!line.empty() &&
        label.size() + line.size() + 1 + word.size() > columns) {
      out += line + "\n" + indent;
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return out + line + "\n";
}

std::string LowerCase(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string Hexadecimal(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace daxmend
