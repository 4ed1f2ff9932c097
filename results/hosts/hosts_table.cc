// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/hosts_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/printable.h"
#include "core/text.h"
#include "core/text_table.h"
#include "results/number_text.h"
#include "results/page/html_text.h"
#include "results/report/table_cells.h"

namespace daxmend {
namespace {

constexpr size_t kMostRowsOfText = 40;
// Of a distribution without outliers the scaled MAD is the standard deviation.
constexpr double kScaledMad = 1.4826;
constexpr double kDeviations = 5;
constexpr double kLeastShare = 0.05;
constexpr size_t kLeastHosts = 3;
constexpr Path kJudged[] = {Path::kFast, Path::kRecovery};

double MiddleOf(std::vector<double> values) {
  const size_t n = values.size();
  const auto middle = values.begin() + static_cast<ptrdiff_t>(n / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (n % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

struct Spread {
  double median, limit;  // from the median, beyond which a host stands out
};

using JobPath = std::pair<std::string, Path>;

// The medians that hosts have of each job and path.
std::map<JobPath, Spread> SpreadsOf(const HostsRecord& hosts) {
  std::map<JobPath, std::vector<double>> medians;
  for (const HostRecord& host : hosts.hosts)
    for (const HostJob& job : host.jobs)
      for (Path path : kJudged) {
        const HostPath& on_host = job.paths[static_cast<size_t>(path)];
        if (on_host.p50 != 0)
          medians[{job.name, path}].push_back(static_cast<double>(on_host.p50));
      }
  std::map<JobPath, Spread> spreads;
  for (const auto& [of, values] : medians) {
    if (values.size() < kLeastHosts) continue;
    const double median = MiddleOf(values);
    std::vector<double> away;
    for (double value : values) away.push_back(std::abs(value - median));
    spreads[of] = {
        .median = median,
        .limit = std::max(kLeastShare * median, kDeviations * kScaledMad *
                                                    MiddleOf(std::move(away)))};
  }
  return spreads;
}

std::string NameOfPath(const JobPath& of) {
  return of.first + " " +
         std::string(kPathNames[static_cast<size_t>(of.second)]);
}

HostRow RowOf(const HostRecord& host,
              const std::map<JobPath, Spread>& spreads) {
  HostRow row = {.host = &host,
                 .counters = {},
                 .remaining_units = host.poison.remaining_sectors};
  if (!host.missing.empty()) {
    row.mark = host.missing;
    return row;
  }
  std::vector<std::string> marks;
  for (const std::string& job : host.unfinished)
    marks.push_back(job + " did not finish");
  double furthest = 0;
  bool far = false;
  for (const HostJob& job : host.jobs) {
    row.counters.Add(job.counters);
    for (Path path : kJudged) {
      const HostPath& on_host = job.paths[static_cast<size_t>(path)];
      const auto spread = spreads.find({job.name, path});
      if (on_host.p50 == 0 || spread == spreads.end()) continue;
      const auto p50 = static_cast<double>(on_host.p50);
      const double away = std::abs(p50 - spread->second.median);
      far = far || away > spread->second.limit;
      const double ratio = p50 / std::max(spread->second.median, 1.0);
      if (std::abs(std::log(ratio)) <= furthest) continue;
      furthest = std::abs(std::log(ratio));
      row.furthest = NameOfPath(spread->first);
      row.ratio = ratio;
    }
  }
  if (row.counters.failed_ios > 0)
    marks.push_back(Counted(row.counters.failed_ios, "I/O") + " failed");
  if (row.counters.lost_sectors > 0)
    marks.push_back(Counted(row.counters.lost_sectors, "sector") + " lost");
  if (row.remaining_units > 0)
    marks.push_back(
        Counted(row.remaining_units, UnitName(host.poison.unit_bytes)) +
        " remaining");
  if (far) marks.push_back("another median");
  for (const std::string& mark : marks)
    row.mark += (row.mark.empty() ? "" : "; ") + mark;
  return row;
}

std::string RatioCell(const HostRow& row) {
  return row.furthest.empty() ? "-" : RatioText(row.ratio) + "x";
}

std::string NameCell(const HostRow& row) {
  if (!row.host) return "all";
  return (row.mark.empty() ? "" : "* ") + row.host->host;
}

// name, I/Os, recovered, failed, lost, furthest, ratio
std::vector<std::string> FigureCells(const HostRow& row) {
  if (row.host && !row.host->missing.empty())
    return {"-", "-", "-", "-", "-", "-"};
  return {Grouped(row.counters.ios),
          Grouped(row.counters.recovered_ios),
          Grouped(row.counters.failed_ios),
          Grouped(row.counters.lost_sectors),
          RatioCell(row),
          row.furthest.empty() ? "-" : row.furthest};
}

const std::vector<std::string> kHeadings = {
    "host", "I/Os", "recovered", "failed", "lost", "furthest", "of"};

std::string Summary(const HostsRecord& hosts,
                    const std::vector<HostRow>& rows) {
  const auto marked = static_cast<uint64_t>(
      std::count_if(rows.begin(), rows.end(),
                    [](const HostRow& r) { return !r.mark.empty(); }));
  return Counted(hosts.hosts.size(), "host") + ", " + Grouped(marked) +
         (marked == 1 ? " of them stands out" : " of them stand out");
}

constexpr char kWhatFurthestIs[] =
    "furthest: of the medians of a host's jobs (fast path and recovery) the "
    "one "
    "that is furthest from the median of all hosts, as their ratio.";

}  // namespace

std::vector<HostRow> MakeHostsTable(const HostsRecord& hosts) {
  const std::map<JobPath, Spread> spreads = SpreadsOf(hosts);
  HostRow sum = {.host = nullptr, .counters = {}};
  std::vector<HostRow> rows = {sum};
  for (const HostRecord& host : hosts.hosts) {
    rows.push_back(RowOf(host, spreads));
    rows[0].counters.Add(rows.back().counters);
    rows[0].remaining_units += rows.back().remaining_units;
  }
  std::stable_sort(
      rows.begin() + 1, rows.end(), [](const HostRow& a, const HostRow& b) {
        if (a.mark.empty() != b.mark.empty()) return b.mark.empty();
        if (a.mark.empty()) return false;
        return std::abs(std::log(a.ratio)) > std::abs(std::log(b.ratio));
      });
  return rows;
}

std::string HostsAsText(const HostsRecord& hosts, size_t columns) {
  if (hosts.hosts.empty()) return "";
  const std::vector<HostRow> rows = MakeHostsTable(hosts);
  TextTable table(kHeadings);
  table.AddRule();
  size_t shown = 0;
  for (const HostRow& row : rows) {
    if (row.mark.empty() && shown > kMostRowsOfText) continue;
    ++shown;
    std::vector<std::string> cells = {Printable(NameCell(row))};
    for (const std::string& cell : FigureCells(row))
      cells.push_back(Printable(cell));
    table.AddRow(std::move(cells));
    if (!row.mark.empty())
      table.AddText(Wrapped("    ", Printable(row.mark), columns));
  }
  std::string out = Wrapped("", Summary(hosts, rows) + " (*)", columns) + "\n" +
                    table.Text(columns) + "\n";
  if (shown < rows.size())
    out += Wrapped("",
                   Grouped(rows.size() - shown) +
                       " more do not stand out: --hosts --csv prints all.",
                   columns);
  return out + Wrapped("", kWhatFurthestIs, columns);
}

std::string HostsAsCsv(const HostsRecord& hosts) {
  std::string out =
      "host,mark,ios,bytes,recovered_ios,failed_ios,lost_sectors,"
      "remaining_sectors,furthest,ratio";
  for (const EnvironmentPart& part : kEnvironmentParts)
    out += std::string(",") + part.key;
  out += "\n";
  for (const HostRow& row : MakeHostsTable(hosts)) {
    out +=
        CsvField(row.host ? row.host->host : "all") + "," + CsvField(row.mark) +
        fmt::format(",{},{},{},{},{},{},", row.counters.ios, row.counters.bytes,
                    row.counters.recovered_ios, row.counters.failed_ios,
                    row.counters.lost_sectors, row.remaining_units) +
        CsvField(row.furthest) + "," +
        (row.furthest.empty() ? "" : ExactNumber(row.ratio));
    for (const EnvironmentPart& part : kEnvironmentParts)
      out += "," + (row.host && row.host->missing.empty()
                        ? CsvField(part.Of(row.host->environment))
                        : std::string());
    out += "\n";
  }
  return out;
}

std::string HostsAsMarkdown(const HostsRecord& hosts) {
  std::string out;
  for (const std::string& heading : kHeadings) out += "| " + heading + " ";
  out +=
      "| stands out |\n| --- | ---: | ---: | ---: | ---: | ---: | --- | --- "
      "|\n";
  for (const HostRow& row : MakeHostsTable(hosts)) {
    out += "| " + MarkdownCell(row.host ? row.host->host : "all") + " ";
    for (const std::string& cell : FigureCells(row))
      out += "| " + MarkdownCell(cell) + " ";
    out += "| " + MarkdownCell(row.mark) + " |\n";
  }
  return out;
}

std::string HostsSection(const HostsRecord& hosts) {
  if (hosts.hosts.empty()) return "";
  const std::vector<HostRow> rows = MakeHostsTable(hosts);
  std::string out =
      "<section id=\"hosts\">\n<h2>Hosts</h2>\n<p class=\"note\">" +
      Escaped(Summary(hosts, rows)) + ". " + Escaped(kWhatFurthestIs) +
      "</p>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>"
      "<tr>";
  for (const std::string& heading : kHeadings)
    out += "<th>" + Escaped(heading) + "</th>";
  out += "<th>kernel, machine, file system</th></tr></thead>\n<tbody>\n";
  for (const HostRow& row : rows) {
    out += "<tr><td>" + Escaped(NameCell(row)) +
           (row.mark.empty() ? ""
                             : "<br><small>" + Escaped(row.mark) + "</small>") +
           "</td>";
    for (const std::string& cell : FigureCells(row))
      out += "<td>" + Escaped(cell) + "</td>";
    std::string where;
    if (row.host && row.host->missing.empty()) {
      const Environment& e = row.host->environment;
      where = e.kernel + ", " + e.machine + ", " + e.filesystem;
    }
    out += "<td>" + Escaped(where) + "</td></tr>\n";
  }
  return out + "</tbody>\n</table></div>\n</section>\n";
}

}  // namespace daxmend
