// SPDX-License-Identifier: GPL-2.0-only

#include "results/number_text.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace daxmend {

namespace {

std::string GroupedDigits(const std::string& digits) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

// Of any size: what was edited by hand need not fit into 64 bits.
std::string Rounded(double value) {
  char digits[320];
  std::snprintf(digits, sizeof digits, "%.0f", std::round(value));
  return GroupedDigits(digits);
}

}  // namespace

std::string Grouped(uint64_t number) {
  return GroupedDigits(std::to_string(number));
}

std::string Counted(uint64_t number, const std::string& noun) {
  return Grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string Significant(double value, int digits) {
  if (value == 0) return "0";
  // The exponent after rounding: 99.96 with three digits is 100.
  char rounded[32];
  std::snprintf(rounded, sizeof rounded, "%.*e", digits - 1, value);
  int exponent = std::atoi(
      std::string(rounded).substr(std::string(rounded).find('e') + 1).c_str());
  if (exponent >= digits) return Rounded(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits - 1 - exponent, value);
  return text;
}

std::string RatioText(double ratio) { return Significant(ratio, 3); }

std::string BytesText(double bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  std::string number =
      bytes == std::floor(bytes) ? Rounded(bytes) : Significant(bytes, 3);
  return number + " " + units[unit];
}

std::string LatencyFormat::Short(double ns) const {
  if (instructions_ || ns < 1000) {
    std::string number = Rounded(ns);
    return instructions_ ? number : number + " ns";
  }
  if (ns < 999'950)
    return Significant(ns / 1e3, 4) +
           (script_ == Script::kRich ? " \u00b5s" : " us");
  if (ns < 999.95e6) return Significant(ns / 1e6, 4) + " ms";
  return Significant(ns / 1e9, 4) + " s";
}

std::string LatencyFormat::Full(double ns) const {
  return instructions_ ? Short(ns) + " instructions" : Short(ns);
}

std::string LatencyFormat::Percentile(const LatencyHistogram& latency,
                                      double percent) const {
  if (latency.Supports(percent))
    return Short(static_cast<double>(latency.Percentile(percent)));
  return script_ == Script::kRich ? "\u2013" : "-";
}

std::string LatencyFormat::Axis(uint64_t ns) const {
  struct Step {
    uint64_t size;
    const char* plain;
    const char* rich;
    const char* count;
  };
  constexpr Step kSteps[] = {{1'000'000'000, " s", " s", "G"},
                             {1'000'000, " ms", " ms", "M"},
                             {1'000, " us", " \u00b5s", "k"},
                             {1, " ns", " ns", ""}};
  for (const Step& step : kSteps)
    if (ns >= step.size)
      return fmt::format("{}{}", ns / step.size,
                         instructions_              ? step.count
                         : script_ == Script::kRich ? step.rich
                                                    : step.plain);
  return "0";
}

}  // namespace daxmend
