// SPDX-License-Identifier: GPL-2.0-only

#include "results/table_cells.h"

#include <nlohmann/json.hpp>

namespace daxmend {

std::string CsvField(const std::string& text) {
  // A cell that begins like a formula is one to a spreadsheet; job names come
  // from files that others wrote.
  const bool formula = !text.empty() && std::string("=+-@\t\r").find(text[0]) !=
                                            std::string::npos;
  if (text.find_first_of(",\"\r\n") == std::string::npos && !formula)
    return text;
  std::string quoted = formula ? "\"'" : "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string MarkdownCell(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string("\\`*_[]|#@").find(c) != std::string::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string ExactNumber(double number) { return nlohmann::json(number).dump(); }

}  // namespace daxmend
