// SPDX-License-Identifier: GPL-2.0-only

#include <algorithm>
#include <set>

#include "results/html_sections.h"
#include "results/html_text.h"
#include "results/path_table.h"

namespace daxmend {

std::string StrategySection(const Run& run, const LatencyFormat& format) {
  std::vector<PathRow> rows;
  std::set<std::string> strategies;
  for (const PathRow& row : MakePathTable(run.record))
    if (row.path == Path::kRecovery) {
      rows.push_back(row);
      strategies.insert(row.job->access + " " + row.job->recovery);
    }
  if (strategies.size() < 2) return "";
  // What does the same kind of I/O stands together.
  std::stable_sort(
      rows.begin(), rows.end(),
      [](const PathRow& a, const PathRow& b) { return a.job->rw < b.job->rw; });
  std::string body =
      "<section>\n<h2>Strategies compared</h2>\n<p class=\"note\">What a "
      "recovered I/O takes" +
      Escaped(format.in_unit()) +
      ", and what it left behind.</p>\n<div class=\"scroll sheet\" "
      "tabindex=\"0\">\n<table class=\"words\">\n<thead><tr><th>recovery</th>"
      "<th>access</th><th>job</th><th>rw</th><th>recovered</th><th>failed</th>"
      "<th>sectors lost</th><th>p50</th><th>p99</th><th>to fast</th></tr>"
      "</thead>\n<tbody>\n";
  for (const PathRow& row : rows) {
    const Counters& c = row.job->counters;
    body += "<tr>";
    for (const std::string& cell :
         {row.job->recovery, row.job->access, row.job->name, row.job->rw,
          Grouped(c.recovered_ios), Grouped(c.failed_ios),
          Grouped(c.lost_sectors)})
      body += "<td>" + Escaped(cell) + "</td>";
    for (double percent : {50.0, 99.0}) {
      const uint64_t ns = row.latency().Percentile(percent);
      body += "<td data-ns=\"" + std::to_string(ns) + "\">" +
              Escaped(format.Short(static_cast<double>(ns))) + "</td>";
    }
    body += "<td>" +
            (row.has_ratio() ? RatioText(row.ratio()) + "\u00d7"
                             : std::string("\u2013")) +
            "</td></tr>\n";
  }
  return body + "</tbody>\n</table>\n</div>\n</section>\n";
}

}  // namespace daxmend
