// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_output.h"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace daxmend {
namespace {

// One past the brace that closes the object which begins at `begin`, or npos.
// Braces in strings do not count.
size_t EndOfObject(std::string_view text, size_t begin) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t at = begin; at < text.size(); ++at) {
    char c = text[at];
    if (in_string) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

bool IsFioJson(std::string_view text) {
  // Without exceptions: what is not JSON is "discarded".
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  return document.is_object() && document.contains("fio version") &&
         (document.contains("jobs") || document.contains("client_stats"));
}

struct Repaired {
  std::string text;
  bool controls = false, not_utf8 = false;  // found in strings
};

// The block `text` with its strings made valid. Nothing outside of strings is
// touched.
Repaired RepairStrings(std::string_view text) {
  Repaired out;
  bool in_string = false, escaped = false;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const std::string_view first = text.substr(0, length > 0 ? length : 1);
    text.remove_prefix(first.size());
    const char c = first[0];
    if (in_string && length == 0) {
      out.not_utf8 = true;
      out.text += "\\" + AsUtf8(first);
    } else if (in_string && static_cast<uint8_t>(c) < 0x20) {
      out.controls = true;
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x",
                    static_cast<unsigned>(c) & 0xff);
      out.text += escape;
    } else {
      out.text += first;
    }
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = in_string && c == '\\' && !escaped;
  }
  return out;
}

std::string FlawOf(const Repaired& repaired) {
  if (!repaired.not_utf8) return "control characters (a tab?)";
  return repaired.controls ? "control characters and bytes that are not UTF-8"
                           : "bytes that are not UTF-8";
}

}  // namespace

FioOutput SplitFioOutput(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end =
        text[begin] == '{' ? EndOfObject(text, begin) : text.npos;
    if (end != text.npos) {
      const std::string_view block = text.substr(begin, end - begin);
      FioOutput output;
      if (IsFioJson(block)) {
        output.json = block;
      } else if (const Repaired repaired = RepairStrings(block);
                 IsFioJson(repaired.text)) {
        output.json = repaired.text;
        output.flaw = FlawOf(repaired);
      }
      if (!output.json.empty()) {
        output.json += "\n";
        output.normal = text.substr(0, begin);
        output.normal +=
            text.substr(end < text.size() && text[end] == '\n' ? end + 1 : end);
        return output;
      }
    }
    const size_t newline = text.find('\n', begin);
    if (newline == text.npos) break;
    begin = newline + 1;
  }
  return {"", std::string(text), ""};
}

bool HasPartOfFioJson(std::string_view text) {
  const std::string_view start = "{\n  \"fio version\"";
  return text.starts_with(start) ||
         text.find("\n" + std::string(start)) != text.npos;
}

}  // namespace daxmend
