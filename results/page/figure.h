// SPDX-License-Identifier: GPL-2.0-only
//
// A plot of the report: what gnuplot is to draw, and the numbers behind it.
//
// Colours are roles, not colours: the page gives them one for light and one for
// dark. In a script a role is an RGB value nobody would choose (see RoleColor);
// InlineSvg() replaces it by the role's CSS variable. Nothing that comes from a
// file is in a script: names are in the legend, which is HTML.
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_PAGE_FIGURE_H_
#define DAXMEND_RESULTS_PAGE_FIGURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "results/number_text.h"

namespace daxmend {

// kSeries + n is the nth series, n < kSeriesRoles.
enum class Role { kInk, kGrid, kAxis, kSeries };
inline constexpr int kSeriesRoles = 8;

// The nth series' role; there are only so many colours to tell apart, then they
// start again.
Role SeriesRole(size_t n);
// "#010203", for a gnuplot script.
std::string RoleColor(Role role);
// The gnuplot line type the common script gives a series' role.
int LineType(Role role);
// "var(--ink)", "var(--series-1)"
std::string RoleVariable(Role role);

struct LegendEntry {
  Role role;
  std::string label;
};

struct Figure {
  std::string id;  // unique in the page, fit for an HTML id
  std::string title;
  std::string caption;           // what is seen, and its units
  std::string x_title, y_title;  // of the axes, no names from a file
  std::vector<LegendEntry> legend;
  std::string script;  // gnuplot commands, after the common ones
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> numbers;
  bool folded = false;  // shown when somebody asks for it
};

// Commands for a logarithmic axis ("x", "y") of latencies from `low` to `high`,
// with tics at decades, and at 2 and 5 between when there are few of them.
std::string LatencyAxis(const std::string& axis, double low, double high,
                        const LatencyFormat& format);

// Commands for a linear axis ("x", "y") from 0 to a round number above
// `highest`, with about five tics.
std::string LinearAxis(const std::string& axis, double highest);
// A number as gnuplot reads it.
std::string PlotNumber(double number);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_FIGURE_H_
