// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <algorithm>

#include "core/printable.h"
#include "core/text.h"
#include "core/text_table.h"
#include "results/report/table_cells.h"
#include "results/validation/validation_report.h"

namespace daxmend {
namespace {

std::string RightAligned(size_t number, size_t width) {
  std::string text = std::to_string(number);
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string Line(const CheckResult& result) {
  return std::string(CheckVerdictName(result.verdict)) + "  " +
         Padded(result.check.id, 10) + "  " + Printable(result.check.title) +
         "\n";
}

std::string Evidence(const CheckResult& result) {
  std::string out = "      " + Printable(result.reason) + "\n      " +
                    Printable(result.check.section) + "\n";
  for (const Exchange& exchange : result.evidence) {
    out += "      asked     " + Printable(exchange.asked) + "\n";
    if (!exchange.sent.empty())
      out += "        sent    " + exchange.sent + "\n";
    if (!exchange.answered.empty())
      out += "      answered  " + Printable(exchange.answered) + "\n";
    if (!exchange.received.empty())
      out += "        bytes   " + exchange.received + "\n";
  }
  if (result.evidence_left_out)
    out += fmt::format("      ({} questions in the middle are left out)\n",
                       result.evidence_left_out);
  return out + "\n";
}

std::string Latencies(const ValidationRecord& record, size_t columns) {
  if (record.latencies.empty()) return "";
  const bool is_virtual = record.environment.clock == Clock::kVirtual;
  TextTable table({"  function", "count", "min", "p50", "p99", "max"});
  for (const auto& [function, latency] : record.latencies)
    table.AddRow(
        {"  " + Printable(function), std::to_string(latency.count()),
         std::to_string(latency.min()), std::to_string(latency.Percentile(50)),
         latency.Supports(99) ? std::to_string(latency.Percentile(99)) : "-",
         std::to_string(latency.max())});
  const std::string out =
      std::string("latency by function, in ") +
      (is_virtual ? "virtual ns = guest instructions" : "ns") + "\n" +
      table.Text(columns);
  return out + "\n";
}

bool OfMemdevs(const std::vector<CheckDescription>& checks) {
  return !checks.empty() && !checks.front().asked.empty();
}

}  // namespace

std::vector<AreaSummary> SummaryByArea(const ValidationRecord& record) {
  std::vector<AreaSummary> areas;
  for (const CheckResult& result : record.checks) {
    auto at = std::find_if(areas.begin(), areas.end(),
                           [&](const AreaSummary& summary) {
                             return summary.area == result.check.area;
                           });
    if (at == areas.end()) at = areas.insert(at, {.area = result.check.area});
    switch (result.verdict) {
      case CheckVerdict::kPass:
        ++at->pass;
        break;
      case CheckVerdict::kFail:
        ++at->fail;
        break;
      case CheckVerdict::kWarn:
        ++at->warn;
        break;
      case CheckVerdict::kSkip:
        ++at->skip;
        break;
    }
  }
  return areas;
}

std::string ValidatedDevice(const ValidationRecord& record) {
  const ValidatedMemdev& memdev = record.memdev;
  if (memdev.name.empty())
    return "firmware of " + record.bus + " (" + record.provider + ")";
  return fmt::format(
      "CXL memory device {} (serial {}, firmware {}), asked {}", memdev.name,
      memdev.serial, memdev.firmware,
      memdev.asked == "direct" ? "directly" : "through the kernel");
}

std::vector<std::pair<std::string, size_t>> SkipReasons(
    const ValidationRecord& record) {
  std::vector<std::pair<std::string, size_t>> reasons;
  for (const CheckResult& result : record.checks) {
    if (result.verdict != CheckVerdict::kSkip) continue;
    auto at = std::find_if(
        reasons.begin(), reasons.end(),
        [&](const auto& one) { return one.first == result.reason; });
    if (at == reasons.end())
      at = reasons.insert(at, {result.reason, size_t{0}});
    ++at->second;
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](auto& a, auto& b) { return a.second > b.second; });
  return reasons;
}

std::string ValidationVerdict(const ValidationRecord& record) {
  const size_t fail = record.Count(CheckVerdict::kFail);
  return fmt::format(
      "{}: {} of {} checks failed, {} warned, {} were skipped, {} passed",
      fail ? "FAIL" : "PASS", fail, record.checks.size(),
      record.Count(CheckVerdict::kWarn), record.Count(CheckVerdict::kSkip),
      record.Count(CheckVerdict::kPass));
}

std::string ValidationAsText(const ValidationRecord& record, size_t columns) {
  const Environment& where = record.environment;
  const ValidatedMemdev& memdev = record.memdev;
  std::string out = "daxmend " + Printable(where.daxmend) + ": " +
                    Printable(ValidatedDevice(record)) + "\n";
  out += "kernel " + Printable(where.kernel) + ", " + Printable(where.machine) +
         (where.qemu.empty() ? "" : ", QEMU " + Printable(where.qemu)) + ", " +
         Printable(where.cpu) + ", clock " + std::string(NameOf(where.clock)) +
         "\n";
  const std::string& written =
      memdev.name.empty() ? record.namespace_name : memdev.written;
  out += written.empty() ? "read-only: destructive checks were not run\n"
                         : "destructive checks in " + Printable(written) + "\n";
  if (!memdev.name.empty())
    for (const auto& [reason, count] : SkipReasons(record))
      out += fmt::format("skipped {}: {}\n", count, Printable(reason));
  out += "\n";
  for (CheckVerdict verdict : {CheckVerdict::kFail, CheckVerdict::kWarn})
    for (const CheckResult& result : record.checks)
      if (result.verdict == verdict) out += Line(result) + Evidence(result);

  out += Padded("area", 20) + "  pass  fail  warn  skip\n";
  for (const AreaSummary& area : SummaryByArea(record))
    out += Padded(area.area, 20) + RightAligned(area.pass, 6) +
           RightAligned(area.fail, 6) + RightAligned(area.warn, 6) +
           RightAligned(area.skip, 6) + "\n";
  out += "\n";
  for (const CheckResult& result : record.checks) {
    if (result.verdict == CheckVerdict::kFail ||
        result.verdict == CheckVerdict::kWarn)
      continue;
    out += Line(result);
    if (!result.reason.empty())
      out += "      " + Printable(result.reason) + "\n";
  }
  out += "\n" + Latencies(record, columns);
  if (!record.left_behind.empty())
    out += "left behind: " + Printable(record.left_behind) +
           "; the journal has it, 'daxmend restore' tries again\n";
  return out + ValidationVerdict(record) + "\n";
}

std::string ChecksAsText(const std::vector<CheckDescription>& checks) {
  std::string out, area;
  for (const CheckDescription& check : checks) {
    if (check.area != area)
      out += (area.empty() ? "" : "\n") + check.area + "\n";
    area = check.area;
    out +=
        "  " + Padded(check.id, 10) + (check.destructive ? "  D  " : "     ") +
        check.title + "\n                   " +
        (check.asked.empty() ? "" : check.asked + "; ") + check.section + "\n";
  }
  return fmt::format("{}\n{} checks; D: destructive, needs --destructive{}\n",
                     out, checks.size(),
                     OfMemdevs(checks) ? "" : " and --namespace");
}

std::string ChecksAsMarkdown(const std::vector<CheckDescription>& checks) {
  const bool memdevs = OfMemdevs(checks);
  std::string
      out = memdevs ? "# What `daxmend validate --memdev` checks\n\nMade by "
                      "`daxmend validate --memdev --list --markdown`. "
                      "Destructive checks poison the last\nMiB of the "
                      "device, and clear it. Asked: through the stock kernel, "
                      "or directly (`--direct`).\n"
                    : "# What `daxmend validate` checks\n\nMade by `daxmend "
                      "validate --list "
                      "--markdown`. Destructive checks poison and write to "
                      "the "
                      "last\nMiB of "
                      "the namespace that is named, and put it back.\n",
      area;
  const std::string asked = memdevs ? " asked |" : "";
  const std::string line = memdevs ? " --- |" : "";
  for (const CheckDescription& check : checks) {
    if (check.area != area)
      out += "\n## " + MarkdownCell(check.area) +
             "\n\n| id | what holds | specification | destructive |" + asked +
             "\n| --- | --- | --- | --- |" + line + "\n";
    area = check.area;
    out += "| " + MarkdownCell(check.id) + " | " + MarkdownCell(check.title) +
           " | " + MarkdownCell(check.section) + " | " +
           (check.destructive ? "yes" : "no") + " |" +
           (memdevs ? " " + MarkdownCell(check.asked) + " |" : "") + "\n";
  }
  return fmt::format("{}\n{} checks.\n", out, checks.size());
}

}  // namespace daxmend
