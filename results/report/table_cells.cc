// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/table_cells.h"

#include <nlohmann/json.hpp>

#include "core/printable.h"

namespace daxmend {

std::string CsvField(const std::string& raw) {
  const std::string text = PrintableLines(raw);
  // A cell that begins like a formula is one to a spreadsheet; job names come
  // from files that others wrote.
  const bool formula =
      !text.empty() && std::string("=+-@\t").find(text[0]) != std::string::npos;
  if (text.find_first_of(",\"\n") == std::string::npos && !formula) return text;
  std::string quoted = formula ? "\"'" : "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string MarkdownCell(const std::string& text) {
  std::string one_line;
  for (char c : text) one_line += c == '\n' || c == '\r' ? ' ' : c;
  std::string out;
  for (char c : Printable(one_line)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string("\\`*_~$[]|#@").find(c) != std::string::npos) out += '\\';
      // GitHub makes links of addresses that nothing marks as such.
      if (c == '/' && out.ends_with(":/")) out += '\\';
      if (c == '.' && out.ends_with("www")) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string PercentileCsv(const LatencyHistogram& latency, double percent) {
  return latency.Supports(percent) ? std::to_string(latency.Percentile(percent))
                                   : "";
}

std::string ExactNumber(double number) { return nlohmann::json(number).dump(); }

}  // namespace daxmend
