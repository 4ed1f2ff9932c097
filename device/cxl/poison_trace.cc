// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/poison_trace.h"

#include <algorithm>
#include <charconv>

namespace daxmend {
namespace {

// The word after KEY= in `text`; empty where there is none.
std::string_view Value(std::string_view text, std::string_view key) {
  for (size_t at = 0; (at = text.find(key, at)) != std::string_view::npos;
       at += key.size()) {
    const size_t begin = at + key.size();
    if ((at != 0 && text[at - 1] != ' ') || begin >= text.size() ||
        text[begin] != '=')
      continue;
    const std::string_view rest = text.substr(begin + 1);
    if (rest.starts_with('\'')) {
      const size_t end = rest.find('\'', 1);
      return end == std::string_view::npos ? rest : rest.substr(1, end - 1);
    }
    return rest.substr(0, rest.find(' '));
  }
  return {};
}

std::optional<uint64_t> Number(std::string_view text, bool always_hex) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), value,
                      hex || always_hex ? 16 : 10);
  if (error != std::errc() || rest != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<CxlTraceLine> ParseCxlTrace(std::string_view line) {
  // "CPU:0 [LOST 12 EVENTS]"
  if (line.starts_with("CPU:") && line.find("LOST") != std::string_view::npos)
    return CxlTraceLine{};
  // Behind the task, its processor and the time: "cxl_poison: memdev=mem0 ...".
  const size_t name = line.find(": cxl_");
  if (name == std::string_view::npos) return std::nullopt;
  std::string_view text = line.substr(name + 2);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view event = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  CxlTraceLine out;
  out.memdev = Value(text, "memdev");
  if (out.memdev.empty()) return std::nullopt;
  out.region = Value(text, "region");
  if (event == "cxl_poison") {
    const std::string_view type = Value(text, "trace_type");
    if (type == "List")
      out.kind = CxlTraceLine::Kind::kListed;
    else if (type == "Inject")
      out.kind = CxlTraceLine::Kind::kInjected;
    else if (type == "Clear")
      out.kind = CxlTraceLine::Kind::kCleared;
    else
      return std::nullopt;
    const auto dpa = Number(Value(text, "dpa"), false);
    const auto length = Number(Value(text, "dpa_length"), false);
    if (!dpa || !length || *length == 0 || *dpa > UINT64_MAX - *length)
      return std::nullopt;
    out.dpa = DpaRange::OfLength(*dpa, *length);
    if (const auto hpa = Number(Value(text, "hpa"), false);
        hpa && *hpa != UINT64_MAX)
      out.hpa = hpa;
    out.source = Value(text, "source");
    out.flags = Value(text, "flags");
    return out;
  }
  out.kind = CxlTraceLine::Kind::kEvent;
  out.event = event;
  out.log = Value(text, "log");
  out.transaction = Value(text, "transaction_type");
  // These are hexadecimal without saying so.
  if (const auto dpa = Number(Value(text, "dpa"), true))
    out.dpa = DpaRange::OfLength(*dpa, 64);
  return out;
}

}  // namespace daxmend
