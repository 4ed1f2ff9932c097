// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/strategy_comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "results/page/html_text.h"
#include "results/report/table_cells.h"

namespace daxmend {
namespace {

std::string StrategyOf(const JobRecord& job) {
  return job.recovery + ", " + job.access;
}

struct Cell {
  std::string column, text;
  bool word = false;                // not a number
  std::optional<uint64_t> ns = {};  // exactly, of a latency
};

std::vector<Cell> CellsOf(const PathRow& row, const LatencyFormat& format) {
  const JobRecord& job = *row.job;
  const Counters& c = job.counters;
  const LatencyHistogram& window = job.path(Path::kWindow);
  auto latency = [&](const char* column, uint64_t ns) {
    return Cell{column, format.Short(static_cast<double>(ns)), false, ns};
  };
  return {
      {"recovery", job.recovery, true},
      {"access", job.access, true},
      {"job", job.name, true},
      {"rw", job.rw, true},
      latency("p50", row.latency().Percentile(50)),
      row.latency().Supports(99) ? latency("p99", row.latency().Percentile(99))
                                 : Cell{"p99", "\u2013"},
      {"vs fast",
       row.has_ratio() ? RatioText(row.ratio()) + "\u00d7" : "\u2013"},
      {"recovered", Grouped(c.recovered_ios)},
      {"failed", Grouped(c.failed_ios)},
      {"bytes saved", Grouped(c.saved_bytes)},
      {"bytes lost", Grouped(c.lost_bytes)},
      {"left", Grouped(c.left_sectors)},
      {"windows", Grouped(window.count())},
      window.count() ? latency("longest", window.max())
                     : Cell{"longest", "\u2013"},
  };
}

// The recoveries of one direction: by bytes per I/O and strategy.
struct Recoveries {
  std::vector<std::string> strategies;  // in the order of the jobs
  std::map<uint64_t, std::map<std::string, LatencyHistogram>> by_size;
};

Recoveries RecoveriesOf(const std::vector<PathRow>& rows, Direction direction) {
  Recoveries out;
  for (const PathRow& row : rows) {
    if (DirectionOf(row.job->rw) != direction) continue;
    const std::string strategy = StrategyOf(*row.job);
    if (std::find(out.strategies.begin(), out.strategies.end(), strategy) ==
        out.strategies.end())
      out.strategies.push_back(strategy);
    const auto size = static_cast<uint64_t>(std::llround(BytesPerIo(*row.job)));
    out.by_size[size][strategy].Merge(row.latency());
  }
  return out;
}

std::string SizeText(uint64_t bytes) {
  return BytesText(static_cast<double>(bytes));
}

Figure Draw(const Recoveries& recoveries, Direction direction,
            const LatencyFormat& format) {
  const size_t strategies = recoveries.strategies.size();
  Figure figure;
  figure.id = fmt::format("strategies-{}", static_cast<int>(direction));
  figure.title = std::string(Heading(direction)) + ": a recovery by strategy";
  figure.caption = "A recovered I/O" + format.in_unit() +
                   ", logarithmic, by the size of the I/O: the point is the "
                   "median, the line goes from the shortest to the longest.";
  figure.x_title = "size of the I/O";
  figure.y_title = "latency" + format.in_unit();
  figure.columns = {"I/O",  "strategy", "recoveries", "min",
                    "mean", "p50",      "p99",        "max"};
  std::vector<std::string> points(strategies);
  double low = INFINITY, high = 1;
  std::string tics;
  size_t at = 0;
  for (const auto& [size, by_strategy] : recoveries.by_size) {
    tics += fmt::format("{}{}' {}", at ? ", '" : "'", SizeText(size), at);
    for (size_t i = 0; i < strategies; ++i) {
      const auto found = by_strategy.find(recoveries.strategies[i]);
      if (found == by_strategy.end()) continue;
      const LatencyHistogram& h = found->second;
      auto positive = [](uint64_t ns) {
        return static_cast<double>(std::max<uint64_t>(ns, 1));
      };
      low = std::min(low, positive(h.min()));
      high = std::max(high, positive(h.max()));
      const double beside =
          (static_cast<double>(i) - static_cast<double>(strategies - 1) / 2) *
          0.7 / static_cast<double>(strategies);
      points[i] += PlotNumber(static_cast<double>(at) + beside);
      for (uint64_t ns : {h.Percentile(50), h.min(), h.max()})
        points[i] += " " + PlotNumber(positive(ns));
      points[i] += "\n";
      figure.numbers.push_back(
          {SizeText(size), recoveries.strategies[i], Grouped(h.count()),
           format.Short(static_cast<double>(h.min())), format.Short(h.mean()),
           format.Short(static_cast<double>(h.Percentile(50))),
           format.Percentile(h, 99),
           format.Short(static_cast<double>(h.max()))});
    }
    ++at;
  }
  figure.script =
      LatencyAxis("y", low / 1.5, high * 1.5, format) +
      "set xrange [-0.5:" + PlotNumber(static_cast<double>(at) - 0.5) +
      "]\nset xtics (" + tics + ")\n";
  std::string plot;
  for (size_t i = 0; i < strategies; ++i) {
    const Role role = SeriesRole(i);
    figure.legend.push_back({role, recoveries.strategies[i]});
    const std::string data = fmt::format("$d{}", i);
    figure.script += data + " << EOD\n" + points[i] + "EOD\n";
    const std::string line = fmt::format(" lt {}", LineType(role));
    plot += (i ? ", " : "plot ") + data +
            " using 1:3:(0):($4-$3) with vectors nohead lw 1.6" + line +
            " notitle, " + data + " using 1:2 with points pt 7 ps 0.6" + line +
            " notitle";
  }
  figure.script += plot + "\n";
  return figure;
}

}  // namespace

std::vector<PathRow> StrategyRows(const RunRecord& record) {
  std::vector<PathRow> rows;
  std::set<std::string> strategies;
  for (const PathRow& row : MakePathTable(record))
    if (row.path == Path::kRecovery) {
      rows.push_back(row);
      strategies.insert(StrategyOf(*row.job));
    }
  if (strategies.size() < 2) return {};
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PathRow& a, const PathRow& b) {
                     return std::pair(a.job->rw, BytesPerIo(*a.job)) <
                            std::pair(b.job->rw, BytesPerIo(*b.job));
                   });
  return rows;
}

std::vector<Figure> StrategyFigures(const RunRecord& record,
                                    const LatencyFormat& format) {
  std::vector<Figure> figures;
  const std::vector<PathRow> rows = StrategyRows(record);
  for (Direction direction : kDirections) {
    const Recoveries recoveries = RecoveriesOf(rows, direction);
    if (recoveries.strategies.size() > 1)
      figures.push_back(Draw(recoveries, direction, format));
  }
  return figures;
}

std::string StrategySection(const RunRecord& record,
                            const LatencyFormat& format) {
  std::string head, body;
  for (const PathRow& row : StrategyRows(record)) {
    head.clear();
    body += "<tr>";
    for (const Cell& cell : CellsOf(row, format)) {
      head += "<th>" + cell.column + "</th>";
      body += (cell.ns ? fmt::format("<td data-ns=\"{}\">", *cell.ns)
                       : std::string("<td>")) +
              Escaped(cell.text) + "</td>";
    }
    body += "</tr>\n";
  }
  if (body.empty()) return "";
  return "<section>\n<h2>Strategies compared</h2>\n<p class=\"note\">What a "
         "recovered I/O takes" +
         Escaped(format.in_unit()) +
         ", what became of the bytes around the poison, and the bad sectors "
         "left on the media. A window is the time from clearing poison, or "
         "punching a hole, to the end of the write that "
         "follows.</p>\n<div class=\"scroll sheet\" tabindex=\"0\">\n<table "
         "class=\"words\">\n<thead><tr>" +
         head + "</tr></thead>\n<tbody>\n" + body +
         "</tbody>\n</table>\n</div>\n</section>\n";
}

std::string StrategiesAsMarkdown(const RunRecord& record,
                                 const LatencyFormat& format) {
  std::string head, rule, body;
  for (const PathRow& row : StrategyRows(record)) {
    head = rule = "|";
    body += "|";
    for (const Cell& cell : CellsOf(row, format)) {
      head += " " + cell.column + " |";
      rule += cell.word ? " --- |" : " ---: |";
      body += " " + MarkdownCell(cell.text) + " |";
    }
    body += "\n";
  }
  if (body.empty()) return "";
  return "\nStrategies compared:\n\n" + head + "\n" + rule + "\n" + body;
}

}  // namespace daxmend
