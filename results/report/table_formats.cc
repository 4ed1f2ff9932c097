// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/table_formats.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/printable.h"
#include "results/report/findings.h"
#include "results/report/path_table.h"
#include "results/report/strategy_comparison.h"
#include "results/report/table_cells.h"

namespace daxmend {
namespace {

using nlohmann::ordered_json;

constexpr int kTableSchema = 2;

std::string PathName(const PathRow& row) {
  return std::string(kPathNames[static_cast<size_t>(row.path)]);
}

std::string Unit(const Run& run) {
  return run.record.environment.clock == Clock::kVirtual ? "instructions"
                                                         : "ns";
}

ordered_json PercentileJson(const LatencyHistogram& h, double percent) {
  return h.Supports(percent) ? ordered_json(h.Percentile(percent))
                             : ordered_json();
}

ordered_json RowAsJson(const PathRow& row) {
  const LatencyHistogram& h = row.latency();
  ordered_json out = {
      {"job", row.job->name},
      {"rw", row.job->rw},
      {"access", row.job->access},
      {"recovery", row.job->recovery},
      {"path", PathName(row)},
      {"count", h.count()},
      {"min", h.min()},
      {"p50", h.Percentile(50)},
      {"mean", h.mean()},
      {"p99", PercentileJson(h, 99)},
      {"p999", PercentileJson(h, 99.9)},
      {"max", h.max()},
      {"reference", nullptr},
      {"ratio", nullptr},
  };
  if (row.has_ratio()) {
    out["reference"] = row.reference->name;
    out["ratio"] = row.ratio();
  }
  return out;
}

}  // namespace

std::string TableAsJson(const Run& run) {
  const Environment& e = run.record.environment;
  const Findings findings =
      FindingsOf(run, LatencyFormat(e.clock, Script::kPlain));
  const Counters& c = findings.totals;
  const PoisonRecord& p = run.record.poison;
  ordered_json out = {
      {"schema", kTableSchema},
      {"clock", NameOf(e.clock)},
      {"unit", Unit(run)},
      {"headline", findings.headline},
      {"remarks", findings.remarks},
      {"clean", findings.clean},
      {"verdict", findings.verdict},
      {"environment",
       {{"kernel", e.kernel},
        {"machine", e.machine},
        {"clock", NameOf(e.clock)},
        {"filesystem", e.filesystem},
        {"cpu", e.cpu},
        {"qemu", e.qemu},
        {"fio", e.fio},
        {"daxmend", e.daxmend}}},
      {"rows", ordered_json::array()},
      {"counters", ordered_json::object()},
      {"poison",
       {{"planted_sectors", p.planted_sectors},
        {"planted_pages", p.planted_pages},
        {"remaining_sectors", p.remaining_sectors},
        {"mapping_pages", findings.mapping_pages}}},
  };
  for (const CounterKind& kind : kCounters)
    if (kind.IsShownFor(c)) out["counters"][kind.key] = c.*kind.member;
  if (e.clock_check)
    out["environment"]["clock_check"] =
        ordered_json::parse(ToJson(*e.clock_check));
  for (const PathRow& row : MakePathTable(run.record))
    out["rows"].push_back(RowAsJson(row));
  return PrintableJson(
             out.dump(2, ' ', false, ordered_json::error_handler_t::replace)) +
         "\n";
}

std::string TableAsCsv(const Run& run) {
  std::string out =
      "job,rw,access,recovery,path,unit,count,min,p50,mean,p99,p99.9,max,"
      "reference,ratio\r\n";
  for (const PathRow& row : MakePathTable(run.record)) {
    const LatencyHistogram& h = row.latency();
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}",
                       CsvField(row.job->name), CsvField(row.job->rw),
                       CsvField(row.job->access), CsvField(row.job->recovery),
                       PathName(row), Unit(run), h.count(), h.min(),
                       h.Percentile(50), ordered_json(h.mean()).dump(),
                       PercentileCsv(h, 99), PercentileCsv(h, 99.9), h.max());
    out += row.has_ratio() ? "," + CsvField(row.reference->name) + "," +
                                 ordered_json(row.ratio()).dump()
                           : ",,";
    out += "\r\n";
  }
  return out;
}

std::string TableAsMarkdown(const Run& run) {
  const LatencyFormat format(run.record.environment.clock, Script::kRich);
  const Findings findings = FindingsOf(run, format);
  std::string out = "**" + MarkdownCell(findings.headline) + "**\n\n";
  for (const std::string& remark : findings.remarks)
    out += MarkdownCell(remark) + "\n\n";
  out += MarkdownCell(findings.verdict) + "\n\n";
  out +=
      "| job | path | count | min | p50 | mean | p99 | p99.9 | max | vs "
      "fast |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: "
      "| ---: |\n";
  for (const PathRow& row : MakePathTable(run.record)) {
    const LatencyHistogram& h = row.latency();
    out += "| " + MarkdownCell(row.job->name) + " | " + PathName(row) + " | " +
           Grouped(h.count());
    out += fmt::format(" | {} | {} | {} | {} | {} | {}",
                       format.Short(static_cast<double>(h.min())),
                       format.Percentile(h, 50), format.Short(h.mean()),
                       format.Percentile(h, 99), format.Percentile(h, 99.9),
                       format.Short(static_cast<double>(h.max())));
    out += " | " + (row.has_ratio() ? RatioText(row.ratio()) + "\u00d7" : "-") +
           " |\n";
  }
  out += StrategiesAsMarkdown(run.record, format);
  const Environment& e = run.record.environment;
  out += std::string("\n") +
         (format.instructions() ? "Latencies in instructions; k" : "K") +
         "ernel " + MarkdownCell(e.kernel) + ", " + MarkdownCell(e.machine) +
         ", " + std::string(NameOf(e.clock)) + " clock, " +
         MarkdownCell(e.filesystem) + ", " + MarkdownCell(e.cpu) + ", " +
         MarkdownCell(e.fio) + ".\n";
  if (const std::string note = ClockNote(e.clock_check); !note.empty())
    out += "\nClock: " + MarkdownCell(note) + ".\n";
  return out;
}

}  // namespace daxmend
