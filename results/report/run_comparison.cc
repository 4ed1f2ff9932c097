// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/run_comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/printable.h"
#include "core/text_table.h"
#include "results/fingerprint.h"
#include "results/number_text.h"
#include "results/page/html_report.h"
#include "results/page/html_text.h"
#include "results/page/latency_figures.h"
#include "results/page/profile_section.h"
#include "results/page/svg_drawing.h"
#include "results/report/table_cells.h"

namespace daxmend {
namespace {

struct Line {
  std::string job, path;
  // One for each run; null where it did not take this path.
  std::vector<const LatencyHistogram*> cells;
};

const JobRecord* Find(const RunRecord& record, const std::string& name) {
  for (const JobRecord& job : record.jobs)
    if (job.name == name) return &job;
  return nullptr;
}

// Jobs in the order in which the runs name them first.
std::vector<Line> LinesOf(const std::vector<Run>& runs) {
  std::vector<std::string> jobs;
  for (const Run& run : runs)
    for (const JobRecord& job : run.record.jobs)
      if (std::find(jobs.begin(), jobs.end(), job.name) == jobs.end())
        jobs.push_back(job.name);
  std::vector<Line> lines;
  for (const std::string& name : jobs)
    for (size_t path = 0; path < kPaths; ++path) {
      Line line{name, std::string(kPathNames[path]), {}};
      bool taken = false;
      for (const Run& run : runs) {
        const JobRecord* job = Find(run.record, name);
        const bool has = job && job->paths[path].count() > 0;
        line.cells.push_back(has ? &job->paths[path] : nullptr);
        taken = taken || has;
      }
      if (taken) lines.push_back(std::move(line));
    }
  return lines;
}

std::string NameOf(size_t run) {
  std::string name(1, static_cast<char>('A' + run % 26));
  return run < 26 ? name : fmt::format("{}{}", name, run / 26);
}

// ", commit 0123456789ab, 2026-11-29T05:47:12Z on HOST", as far as it is known.
std::string MadeText(const Run& run) {
  if (!run.origin) return "";
  const Origin& origin = *run.origin;
  return (origin.commit.empty() ? "" : ", commit " + origin.commit) +
         (origin.date.empty() ? "" : ", " + origin.date) +
         (origin.host.empty() ? "" : " on " + origin.host);
}

LatencyFormat FormatOf(const Run& run, Script script) {
  return LatencyFormat(run.record.environment.clock, script);
}

bool SameClock(const std::vector<Run>& runs) {
  return std::all_of(runs.begin(), runs.end(), [&](const Run& run) {
    return run.record.environment.clock ==
           runs.front().record.environment.clock;
  });
}

// Against the first run; empty where there is none, or where instructions
// would be divided by nanoseconds.
std::string Ratio(const Line& line, size_t run, bool same_clock) {
  const LatencyHistogram *base = line.cells[0], *cell = line.cells[run];
  if (run == 0 || !same_clock || !base || !cell || base->Percentile(50) == 0)
    return "";
  const double ratio = static_cast<double>(cell->Percentile(50)) /
                       static_cast<double>(base->Percentile(50));
  return std::abs(ratio - 1) < 0.0005 ? "1.00" : RatioText(ratio);
}

std::string P50(const LatencyHistogram* cell, const LatencyFormat& format) {
  return cell ? format.Short(static_cast<double>(cell->Percentile(50))) : "-";
}

// Runs of other jobs differ in so much that nobody would read it all.
constexpr size_t kMostNotes = 8;

std::vector<std::string> Notes(const std::vector<Run>& runs) {
  std::vector<std::string> notes;
  for (size_t i = 0; i < runs.size(); ++i)
    if (const std::string note =
            ClockNote(runs[i].record.environment.clock_check);
        !note.empty())
      notes.push_back(NameOf(i) + "'s clock: " + note);
  for (size_t i = 1; i < runs.size(); ++i) {
    const std::string differs = NameOf(i) + " differs from A in ";
    const std::vector<FingerprintDifference> differences =
        CompareFingerprints(runs[0].record, runs[i].record);
    for (size_t n = 0; n < std::min(kMostNotes, differences.size()); ++n)
      notes.push_back(differs + differences[n].part + ": " +
                      differences[n].what);
    if (differences.size() > kMostNotes)
      notes.push_back(differs + Grouped(differences.size() - kMostNotes) +
                      " parts more");
  }
  return notes;
}

// Percentiles of each job's fast path and recoveries, a line for each run.
// Nothing when instructions would stand beside nanoseconds.
std::vector<Figure> FiguresOf(const std::vector<Run>& runs) {
  std::vector<Figure> figures;
  if (!SameClock(runs)) return figures;
  for (const Line& line : LinesOf(runs)) {
    if (line.path != "fast" && line.path != "recovery") continue;
    std::vector<LatencySeries> series;
    for (size_t i = 0; i < runs.size(); ++i)
      if (line.cells[i])
        series.push_back({NameOf(i) + ": " + runs[i].directory, SeriesRole(i),
                          line.cells[i]});
    if (series.size() < 2) continue;
    figures.push_back(PercentilesFigure(
        fmt::format("compared-{}", figures.size()), line.job + ", " + line.path,
        series, FormatOf(runs[0], Script::kRich)));
  }
  return figures;
}

}  // namespace

std::string ComparisonAsText(const std::vector<Run>& runs, size_t columns) {
  std::string out;
  for (size_t i = 0; i < runs.size(); ++i)
    out += NameOf(i) + "  " + Printable(runs[i].directory) + ", " +
           std::string(NameOf(runs[i].record.environment.clock)) + " clock" +
           Printable(MadeText(runs[i])) + "\n";
  for (const std::string& note : Notes(runs)) out += Printable(note) + "\n";
  const bool same_clock = SameClock(runs);
  std::vector<std::string> headings = {"median"};
  for (size_t i = 0; i < runs.size(); ++i) {
    headings.push_back(NameOf(i));
    if (i) headings.emplace_back("to A");
  }
  TextTable table(std::move(headings));
  std::string job;
  for (const Line& line : LinesOf(runs)) {
    if (line.job != job) table.AddText(Printable(line.job) + "\n");
    job = line.job;
    std::vector<std::string> cells = {"  " + std::string(line.path)};
    for (size_t i = 0; i < runs.size(); ++i) {
      cells.push_back(P50(line.cells[i], FormatOf(runs[i], Script::kPlain)));
      const std::string ratio = Ratio(line, i, same_clock);
      if (i) cells.push_back(ratio.empty() ? "" : ratio + "x");
    }
    table.AddRow(std::move(cells));
  }
  out += "\n" + table.Text(columns);
  return out + (FormatOf(runs[0], Script::kPlain).instructions()
                    ? "\nunit: instructions; to A: median over A's median\n"
                    : "\nto A: median over A's median\n");
}

std::string ComparisonAsMarkdown(const std::vector<Run>& runs) {
  std::string out;
  for (size_t i = 0; i < runs.size(); ++i)
    out += "- **" + NameOf(i) + "**: " + MarkdownCell(runs[i].directory) + "\n";
  for (const std::string& note : Notes(runs))
    out += "- " + MarkdownCell(note) + "\n";
  out += "\n| job | path |";
  std::string rule = "\n| --- | --- |";
  for (size_t i = 0; i < runs.size(); ++i) {
    out += " " + NameOf(i) + (i ? " | to A |" : " |");
    rule += i ? " ---: | ---: |" : " ---: |";
  }
  out += rule + "\n";
  for (const Line& line : LinesOf(runs)) {
    out += "| " + MarkdownCell(line.job) + " | " + line.path + " |";
    for (size_t i = 0; i < runs.size(); ++i) {
      out += " " + P50(line.cells[i], FormatOf(runs[i], Script::kRich)) + " |";
      const std::string ratio = Ratio(line, i, SameClock(runs));
      if (i) out += " " + (ratio.empty() ? "-" : ratio + "\u00d7") + " |";
    }
    out += "\n";
  }
  return out + (FormatOf(runs[0], Script::kRich).instructions()
                    ? "\nMedians, in instructions.\n"
                    : "\nMedians.\n");
}

std::string ComparisonAsCsv(const std::vector<Run>& runs) {
  std::string out =
      "job,path,run,directory,clock,count,p50,mean,p99,p99.9,ratio\r\n";
  for (const Line& line : LinesOf(runs))
    for (size_t i = 0; i < runs.size(); ++i) {
      const LatencyHistogram* h = line.cells[i];
      if (!h) continue;
      out += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{}\r\n", CsvField(line.job), line.path,
          NameOf(i), CsvField(runs[i].directory),
          NameOf(runs[i].record.environment.clock), h->count(),
          h->Percentile(50), ExactNumber(h->mean()), PercentileCsv(*h, 99),
          PercentileCsv(*h, 99.9), Ratio(line, i, SameClock(runs)));
    }
  return out;
}

std::string ComparisonAsHtml(const std::vector<Run>& runs) {
  const bool same_clock = SameClock(runs);
  std::string title;
  for (size_t i = 0; i < runs.size(); ++i)
    title += (i ? ", " : "") + runs[i].directory;
  std::string page = HtmlHead(title) +
                     "<body>\n<main>\n<header>\n<p class=\"eyebrow\">daxmend "
                     "\u00b7 comparison</p>\n<h1>" +
                     Counted(runs.size(), "run") +
                     " side by side</h1>\n</header>\n<section>\n<dl "
                     "class=\"pairs sheet\">\n";
  for (size_t i = 0; i < runs.size(); ++i) {
    const Environment& e = runs[i].record.environment;
    page +=
        "<div><dt>" + NameOf(i) + "</dt><dd>" +
        Escaped(runs[i].directory + ": " + e.kernel + ", " + e.machine + ", " +
                std::string(NameOf(e.clock)) + " clock, " + e.filesystem +
                ", " + e.fio + ", daxmend " + e.daxmend + MadeText(runs[i])) +
        "</dd></div>\n";
  }
  page += "</dl>\n";
  for (const std::string& note : Notes(runs))
    page += "<p class=\"note\">" + Escaped(note) + "</p>\n";
  page +=
      "</section>\n<section>\n<h2>Latency by path</h2>\n<p class=\"note\">" +
      std::string(FormatOf(runs[0], Script::kRich).instructions()
                      ? "Medians in instructions"
                      : "Medians") +
      "; \u00d7 is the ratio to A.</p>\n<div class=\"scroll sheet\" "
      "tabindex=\"0\">\n<table>\n<thead><tr><th>Job and path</th>";
  for (size_t i = 0; i < runs.size(); ++i)
    page += "<th>" + NameOf(i) + "</th>" +
            (i ? "<th>" + NameOf(i) + " to A</th>" : "");
  page += "</tr></thead>\n";
  std::string job, body;
  for (const Line& line : LinesOf(runs)) {
    if (line.job != job)
      body += fmt::format(
          "{}<tr class=\"job\"><th colspan=\"{}\" "
          "scope=\"rowgroup\">{}</th></tr>\n",
          job.empty() ? "<tbody>\n" : "</tbody>\n<tbody>\n", 2 * runs.size(),
          Escaped(line.job));
    job = line.job;
    body += "<tr class=\"" + line.path + "\"><td class=\"path\">" + line.path +
            "</td>";
    for (size_t i = 0; i < runs.size(); ++i) {
      const LatencyHistogram* h = line.cells[i];
      body += "<td" +
              (h ? fmt::format(" data-ns=\"{}\"", h->Percentile(50))
                 : std::string()) +
              ">" + Escaped(P50(h, FormatOf(runs[i], Script::kRich))) + "</td>";
      const std::string ratio = Ratio(line, i, same_clock);
      if (i)
        body +=
            "<td>" + (ratio.empty() ? "\u2013" : ratio + "\u00d7") + "</td>";
    }
    body += "</tr>\n";
  }
  if (!job.empty()) body += "</tbody>\n";
  const std::vector<Figure> figures = FiguresOf(runs);
  const std::string changed =
      runs.size() == 2 ? ProfileDifferenceSection(runs[0], runs[1]) : "";
  return page + body + "</table>\n</div>\n</section>\n" + changed +
         FiguresSection(figures, DrawFigures(figures)) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace daxmend
