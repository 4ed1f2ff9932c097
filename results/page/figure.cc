// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/figure.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdio>

namespace daxmend {

Role SeriesRole(size_t n) {
  return static_cast<Role>(static_cast<size_t>(Role::kSeries) +
                           n % kSeriesRoles);
}

std::string RoleColor(Role role) {
  char color[16];
  std::snprintf(color, sizeof color, "#0102%02x",
                static_cast<unsigned>(role) + 1);
  return color;
}

int LineType(Role role) {
  return static_cast<int>(role) - static_cast<int>(Role::kSeries) + 1;
}

std::string RoleVariable(Role role) {
  switch (role) {
    case Role::kInk:
      return "var(--muted)";
    case Role::kGrid:
      return "var(--grid)";
    case Role::kAxis:
      return "var(--axis)";
    default:
      return fmt::format("var(--series-{})", LineType(role));
  }
}

std::string LatencyAxis(const std::string& axis, double low, double high,
                        const LatencyFormat& format) {
  const bool few = high < 30 * low;
  std::string tics;
  for (uint64_t decade = 1; static_cast<double>(decade) <= high; decade *= 10) {
    for (uint64_t factor : {1, 2, 5}) {
      const uint64_t at = decade * factor;
      if (static_cast<double>(at) < low || static_cast<double>(at) > high)
        continue;
      if (factor != 1 && !few) continue;
      tics += fmt::format("{}{}{}", tics.empty() ? "" : ", ",
                          "'" + format.Axis(at) + "' ", at);
    }
    if (decade > UINT64_MAX / 10) break;
  }
  return "set logscale " + axis + "\nset " + axis + "range [" +
         PlotNumber(low) + ":" + PlotNumber(high) + "]\nset " + axis +
         "tics (" + tics + ")\n";
}

std::string LinearAxis(const std::string& axis, double highest) {
  if (!(highest > 0)) highest = 1;
  const double rough = highest / 5;
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (double factor : {1, 2, 5})
    if (factor * decade >= rough) {
      step = factor * decade;
      break;
    }
  return "set " + axis +
         "range [0:" + PlotNumber(step * std::ceil(highest / step)) +
         "]\nset " + axis + "tics " + PlotNumber(step) + "\n";
}

std::string PlotNumber(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

}  // namespace daxmend
