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
      ", and what it left behind. A window is the time from clearing poison "
      "to the end of the write that follows.</p>\n<div class=\"scroll sheet\" "
      "tabindex=\"0\">\n<table class=\"words\">\n<thead><tr><th>recovery</th>"
      "<th>access</th><th>job</th><th>rw</th><th>recovered</th><th>failed</th>"
      "<th>bytes saved</th><th>bytes lost</th><th>left on media</th>"
      "<th>windows</th><th>longest</th><th>p50</th><th>p99</th><th>to "
      "fast</th></tr>"
      "</thead>\n<tbody>\n";
  for (const PathRow& row : rows) {
    const Counters& c = row.job->counters;
    const LatencyHistogram& window = row.job->path(Path::kWindow);
    body += "<tr>";
    for (const std::string& cell :
         {row.job->recovery, row.job->access, row.job->name, row.job->rw,
          Grouped(c.recovered_ios), Grouped(c.failed_ios),
          Grouped(c.saved_bytes), Grouped(c.lost_bytes),
          Grouped(c.left_sectors), Grouped(window.count())})
      body += "<td>" + Escaped(cell) + "</td>";
    for (uint64_t ns : {window.max(), row.latency().Percentile(50),
                        row.latency().Percentile(99)}) {
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
