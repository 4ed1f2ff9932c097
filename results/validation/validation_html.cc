// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include "results/number_text.h"
#include "results/page/html_report.h"
#include "results/page/html_text.h"
#include "results/validation/validation_report.h"

namespace daxmend {
namespace {

const char* ClassOf(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return "good";
    case CheckVerdict::kFail:
      return "bad";
    default:
      return "muted";
  }
}

std::string Mark(CheckVerdict verdict) {
  return std::string("<b class=\"mark ") + ClassOf(verdict) + "\">" +
         std::string(CheckVerdictName(verdict)) + "</b>";
}

std::string EvidenceOf(const CheckResult& result) {
  std::string out;
  for (const Exchange& exchange : result.evidence) {
    out += "asked     " + exchange.asked + "\n";
    if (!exchange.sent.empty()) out += "  sent    " + exchange.sent + "\n";
    if (!exchange.answered.empty())
      out += "answered  " + exchange.answered + "\n";
    if (!exchange.received.empty())
      out += "  bytes   " + exchange.received + "\n";
  }
  if (result.evidence_left_out)
    out += fmt::format("({} questions in the middle are left out)\n",
                       result.evidence_left_out);
  if (out.empty()) return "";
  return "<div class=\"scroll\" tabindex=\"0\"><pre>" + Escaped(out) +
         "</pre></div>\n";
}

std::string Finding(const CheckResult& result) {
  return "<article class=\"sheet finding\">\n<h3>" + Mark(result.verdict) +
         " " + Escaped(result.check.id + " " + result.check.title) +
         "</h3>\n<p>" + Escaped(result.reason) + "</p>\n<p class=\"note\">" +
         Escaped(result.check.section) + "</p>\n" + EvidenceOf(result) +
         "</article>\n";
}

std::string Facts(const ValidationRecord& record) {
  const Environment& where = record.environment;
  const bool memdev = !record.memdev.name.empty();
  const std::string& written =
      memdev ? record.memdev.written : record.namespace_name;
  std::string skipped;
  for (const auto& [reason, count] : SkipReasons(record))
    skipped +=
        fmt::format("{}{} {}", skipped.empty() ? "" : "; ", count, reason);
  const std::pair<const char*, std::string> facts[] = {
      {memdev ? "Device" : "Bus",
       memdev ? ValidatedDevice(record)
              : record.bus + " (" + record.provider + ")"},
      {memdev ? "Written" : "Namespace",
       written.empty() ? "none: read-only" : written},
      {"Skipped", skipped.empty() ? "none" : skipped},
      {"Kernel", where.kernel},
      {"Machine",
       where.machine + (where.qemu.empty() ? "" : ", QEMU " + where.qemu)},
      {"Processor", where.cpu},
      {"Clock", std::string(NameOf(where.clock))},
      {"daxmend", where.daxmend},
  };
  std::string out = "<dl class=\"pairs sheet\">\n";
  for (const auto& [name, value] : facts)
    out += std::string("<div><dt>") + name + "</dt><dd>" + Escaped(value) +
           "</dd></div>\n";
  return out + "</dl>\n";
}

std::string Head(std::initializer_list<const char*> columns) {
  std::string out =
      "<div class=\"sheet scroll\" tabindex=\"0\"><table>\n<thead><tr>";
  for (const char* column : columns)
    out += std::string("<th>") + column + "</th>";
  return out + "</tr></thead>\n<tbody>\n";
}

std::string Areas(const ValidationRecord& record) {
  std::string out = "<section>\n<h2>By area</h2>\n" +
                    Head({"Area", "Pass", "Fail", "Warn", "Skip"});
  for (const AreaSummary& area : SummaryByArea(record))
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td{}{}</td><td>{}</td><td>{}</td></tr>\n",
        Escaped(area.area), area.pass, area.fail ? " class=\"bad\">" : ">",
        area.fail, area.warn, area.skip);
  return out + "</tbody>\n</table></div>\n</section>\n";
}

std::string AllOfThem(const ValidationRecord& record) {
  std::string out =
      "<section>\n<h2>Every check</h2>\n<p class=\"note\">What was asked and "
      "answered is folded under each.</p>\n<div class=\"sheet checks\">\n";
  for (const CheckResult& result : record.checks) {
    out += "<details><summary>" + Mark(result.verdict) + " <b>" +
           Escaped(result.check.id) + "</b> " + Escaped(result.check.title) +
           (result.reason.empty()
                ? ""
                : "<br><span>" + Escaped(result.reason) + "</span>") +
           "</summary>\n<p class=\"note\">" + Escaped(result.check.section) +
           (result.check.destructive ? ", destructive" : "") + "</p>\n" +
           EvidenceOf(result) + "</details>\n";
  }
  return out + "</div>\n</section>\n";
}

std::string Latencies(const ValidationRecord& record) {
  if (record.latencies.empty()) return "";
  std::string out =
      "<section>\n<h2>Latency by function</h2>\n<p "
      "class=\"note\">" +
      std::string(record.environment.clock == Clock::kVirtual
                      ? "In virtual ns, which are guest "
                        "instructions."
                      : "In ns of the wall clock.") +
      "</p>\n" + Head({"Function", "Calls", "Min", "p50", "p99", "Max"});
  for (const auto& [function, latency] : record.latencies) {
    out += "<tr><td>" + Escaped(function) + "</td>";
    for (const std::string& cell :
         {Grouped(latency.count()), Grouped(latency.min()),
          Grouped(latency.Percentile(50)),
          latency.Supports(99) ? Grouped(latency.Percentile(99))
                               : std::string("\u2013"),
          Grouped(latency.max())})
      out += "<td>" + cell + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n</section>\n";
}

}  // namespace

std::string ValidationAsHtml(const ValidationRecord& record) {
  const bool good = record.Count(CheckVerdict::kFail) == 0;
  const bool memdev = !record.memdev.name.empty();
  const std::string right = memdev ? "The device answers as CXL specifies"
                                   : "The firmware answers as ACPI specifies";
  std::string page =
      HtmlHead(memdev ? record.memdev.name : "firmware of " + record.bus) +
      "<body>\n<main>\n<header>\n<p class=\"eyebrow\">daxmend \u00b7 firmware "
      "validation \u00b7 " +
      Escaped(memdev ? record.memdev.name : record.bus) + "</p>\n<h1>" +
      (good ? right
            : fmt::format("{} of {} checks failed",
                          record.Count(CheckVerdict::kFail),
                          record.checks.size())) +
      "</h1>\n<p class=\"verdict " + (good ? "good" : "bad") + "\">" +
      Escaped(ValidationVerdict(record)) + "</p>\n";
  if (!record.left_behind.empty())
    page += "<p class=\"remark\">Left behind: " + Escaped(record.left_behind) +
            "; the journal has it, daxmend restore tries again.</p>\n";
  page += "</header>\n";
  std::string findings;
  for (CheckVerdict verdict : {CheckVerdict::kFail, CheckVerdict::kWarn})
    for (const CheckResult& result : record.checks)
      if (result.verdict == verdict) findings += Finding(result);
  if (!findings.empty())
    page += "<section>\n<h2>What is wrong</h2>\n" + findings + "</section>\n";
  return page + Areas(record) + "<section>\n<h2>Where</h2>\n" + Facts(record) +
         "</section>\n" + AllOfThem(record) + Latencies(record) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace daxmend
