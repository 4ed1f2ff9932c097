// SPDX-License-Identifier: GPL-2.0-only

#include "results/history/history_figures.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace daxmend {
namespace {

// Runs begin + 1 to `end`, with a whole number at each tic, and values from
// `low` to `high` with some air: small changes are to be seen.
std::string Axes(size_t begin, size_t end, double low, double high) {
  const double air = std::max((high - low) / 4, high / 200);
  const std::string digits = high - low + air >= 10 ? "0" : "2";
  return "set yrange [" + PlotNumber(low - air) + ":" +
         PlotNumber(high + (air > 0 ? air : 1)) + "]\nset format y '%." +
         digits + "f'\nset lmargin 10\nset xrange [" +
         PlotNumber(static_cast<double>(begin) + 0.5) + ":" +
         PlotNumber(static_cast<double>(end) + 0.5) + "]\n" +
         (end - begin <= 12 ? "set xtics 1\n" : "set format x '%.0f'\n");
}

Figure TrendOf(const HistorySeries& series, size_t number) {
  Figure figure;
  figure.id = fmt::format("trend-{}", number);
  figure.title = series.key.Text() + ": trend";
  figure.x_title = "run";
  figure.legend = {{SeriesRole(0), series.key.metric + " of each run"}};
  figure.columns = {"run", "label", series.unit, "change"};
  const size_t size = series.points.size();
  const size_t begin = size > kTrendPoints ? size - kTrendPoints : 0;
  figure.caption = fmt::format(
      "{} over the runs {} to {}. The axis does not begin at 0; {}.",
      series.unit, begin + 1, size, series.environment);
  std::string line = "$line << EOD\n", marks = "$marks << EOD\n";
  double lowest = INFINITY, highest = 0;
  bool marked = false;
  for (size_t i = begin; i < size; ++i) {
    const HistoryPoint& point = series.points[i];
    const bool change =
        std::any_of(series.changes.begin(), series.changes.end(),
                    [i](const ChangePoint& c) { return c.at == i; });
    const std::string at =
        fmt::format("{} {}\n", i + 1, PlotNumber(point.value));
    line += at;
    if (change) marks += at;
    marked = marked || change;
    lowest = std::min(lowest, point.value);
    highest = std::max(highest, point.value);
    figure.numbers.push_back({Grouped(i + 1), point.label,
                              ValueText(point.value), change ? "change" : ""});
  }
  if (marked) figure.legend.push_back({SeriesRole(1), "a change"});
  figure.script = Axes(begin, size, lowest, highest) + line + "EOD\n" +
                  (marked ? marks + "EOD\n" : "") +
                  "plot $line with linespoints lw 1.4 lt 1 pt 7 ps 0.3 notitle";
  if (marked) figure.script += ", $marks with points pt 7 ps 0.7 lt 2 notitle";
  figure.script += "\n";
  return figure;
}

}  // namespace

std::vector<Figure> HistoryFigures(const std::vector<HistorySeries>& series) {
  std::vector<Figure> figures;
  for (size_t i = 0; i < series.size(); ++i)
    figures.push_back(TrendOf(series[i], i));
  return figures;
}

std::vector<Figure> TrendsOf(const RunRecord& run,
                             const std::string& database) {
  std::vector<HistorySeries> series;
  for (const char* path : {"fast", "recovery"}) {
    HistoryFilter filter;
    filter.path = path;
    for (HistorySeries& one : History(database, false).Series(filter))
      if (one.environment == EnvironmentInWords(run.environment))
        series.push_back(std::move(one));
  }
  return HistoryFigures(series);
}

}  // namespace daxmend
