// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/html_report.h"

#include "results/hosts/hosts_table.h"
#include "results/page/html_sections.h"
#include "results/page/html_text.h"
#include "results/page/latency_figures.h"
#include "results/page/profile_section.h"
#include "results/page/report_style.h"
#include "results/page/svg_drawing.h"
#include "results/page/throughput_figures.h"
#include "results/report/findings.h"
#include "results/report/strategy_comparison.h"

namespace daxmend {
namespace {

LatencyFormat FormatOf(const Run& run) {
  return LatencyFormat(run.record.environment.clock, Script::kRich);
}

std::string NumbersTable(const Figure& figure) {
  std::string out =
      "<details><summary>Numbers</summary>\n<div class=\"scroll\" "
      "tabindex=\"0\"><table>\n<thead><tr>";
  for (const std::string& column : figure.columns)
    out += "<th>" + Escaped(column) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : figure.numbers) {
    out += "<tr>";
    for (const std::string& cell : row) out += "<td>" + Escaped(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n</details>\n";
}

std::string FigureElement(const Figure& figure, const std::string& drawing) {
  std::string out = "<figure class=\"sheet\" id=\"" + figure.id + "\">\n<h3>" +
                    Escaped(figure.title) + "</h3>\n<ul class=\"legend\">\n";
  for (const LegendEntry& entry : figure.legend)
    out += "<li><span class=\"swatch\" style=\"background:" +
           RoleVariable(entry.role) + "\"></span>" + Escaped(entry.label) +
           "</li>\n";
  return out + "</ul>\n" + drawing + "\n<figcaption>" +
         Escaped(figure.caption) + "</figcaption>\n" + NumbersTable(figure) +
         "</figure>\n";
}

}  // namespace

std::string FiguresSection(const std::vector<Figure>& figures,
                           const std::vector<std::string>& drawings) {
  if (figures.empty()) return "";
  std::string shown, folded;
  for (size_t i = 0; i < figures.size(); ++i)
    (figures[i].folded ? folded : shown) +=
        FigureElement(figures[i], drawings.at(i));
  std::string out =
      "<section>\n<h2>Plots</h2>\n<p class=\"note\">The numbers behind each "
      "plot are folded under it.</p>\n<div class=\"figures\">\n" +
      shown + "</div>\n";
  if (!folded.empty())
    out +=
        "<details><summary>Throughput that did not change, or that is known "
        "in too few steps</summary>\n<div class=\"figures\">\n" +
        folded + "</div>\n</details>\n";
  return out + "</section>\n";
}

namespace {

// What the numbers of the page are, before the first of them is compared with
// hardware.
std::string UnitRemark(const Environment& environment) {
  // Other memory has firmware of its own, which is no instruction of the
  // host's.
  const bool other = !environment.memory.empty();
  if (environment.clock == Clock::kVirtual)
    return std::string(
               "In guest instructions, not times. The machine is "
               "emulated: it has no caches, and ") +
           (other ? "what its memory device does takes no instruction."
                  : "the firmware that clears poison is interpreted AML.");
  if (environment.machine != "bare")
    return std::string("Times of an emulated or virtual machine, whose ") +
           (other ? "memory device was" : "NVDIMM and firmware were") +
           " emulated, too.";
  return "";
}

// When, where, of which daxmend and by which command, as far as it is known;
// the file that everything comes from is beside the page.
std::string OriginText(const Run& run) {
  const Origin origin = run.origin.value_or(Origin{});
  std::string text;
  auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " \u00b7 ") + part;
  };
  std::string date = origin.date;  // "2026-11-29T05:47:12Z"
  if (const size_t t = date.find('T'); t != date.npos) date[t] = ' ';
  if (date.ends_with('Z')) date.replace(date.size() - 1, 1, " UTC");
  add(Escaped(date));
  add(origin.host.empty() ? "" : "host " + Escaped(origin.host));
  add("daxmend " + Escaped(run.record.environment.daxmend) +
      (origin.commit.empty() ? "" : ", commit " + Escaped(origin.commit)));
  std::string commands;
  for (const std::string& command : {origin.vm, origin.command})
    if (!command.empty())
      commands += "<br><code>" + Escaped(command) + "</code>";
  return "<p class=\"origin\">" + text +
         " \u00b7 <a href=\"run.json\">run.json</a>" + commands + "</p>\n";
}

}  // namespace

std::string HtmlHead(const std::string& title) {
  // Nothing may be fetched and nothing may run, whatever got into the page.
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta "
         "charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
         "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
         "data:\">\n<meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
         "dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>daxmend: " +
         Escaped(title) + "</title>\n<style>\n" + kReportStyle +
         "</style>\n</head>\n";
}

std::vector<Figure> ReportFigures(const Run& run) {
  const LatencyFormat format = FormatOf(run);
  std::vector<Figure> figures = StrategyFigures(run.record, format);
  for (const std::vector<Figure>& more :
       {LatencyFigures(run.record, format),
        ThroughputFigures(run.record, run.injected, format)})
    figures.insert(figures.end(), more.begin(), more.end());
  return figures;
}

std::string HtmlPage(const Run& run, const std::vector<Figure>& figures,
                     const std::vector<std::string>& drawings) {
  const LatencyFormat format = FormatOf(run);
  const Findings findings = FindingsOf(run, format);
  const bool met_poison = findings.totals.recovered_ios > 0;
  std::string page = HtmlHead(run.directory) +
                     "<body>\n<main>\n<header>\n<p class=\"eyebrow\">daxmend "
                     "\u00b7 recovery report \u00b7 " +
                     Escaped(run.directory) + "</p>\n" + OriginText(run) +
                     "<h1>" + Escaped(findings.headline) + "</h1>\n";
  std::vector<std::string> remarks = findings.remarks;
  if (const std::string unit = UnitRemark(run.record.environment);
      !unit.empty())
    remarks.insert(remarks.begin(), unit);
  for (const std::string& remark : remarks)
    page += "<p class=\"remark\">" + Escaped(remark) + "</p>\n";
  page += "<p class=\"verdict" +
          std::string(findings.clean ? " good"
                      : met_poison   ? " bad"
                                     : "") +
          "\">" + Escaped(findings.verdict) + "</p>\n</header>\n" +
          FactsSection(run, findings, format) + HostsSection(run.hosts) +
          PartsSection(run, format) + StrategySection(run.record, format) +
          PathSection(run, format) + ProfileSection(run);
  return page + FiguresSection(figures, drawings) + PoisonSection(run) +
         EnvironmentSection(run) + MethodSection(run, format) +
         "<footer>Written by daxmend report from " + Escaped(run.directory) +
         "/run.json.</footer>\n</main>\n</body>\n</html>\n";
}

std::string HtmlReport(const Run& run, const std::vector<Figure>& more) {
  std::vector<Figure> figures = ReportFigures(run);
  figures.insert(figures.end(), more.begin(), more.end());
  return HtmlPage(run, figures, DrawFigures(figures));
}

}  // namespace daxmend
