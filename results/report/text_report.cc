// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/text_report.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "core/printable.h"
#include "core/text.h"
#include "core/text_table.h"
#include "results/hosts/hosts_table.h"
#include "results/report/findings.h"
#include "results/report/path_table.h"

namespace daxmend {
namespace {

// Longer lines are hard to read, however wide the terminal is.
constexpr size_t kMostColumns = 100;

std::string EnvironmentText(const Run& run, const LatencyFormat& format,
                            size_t columns) {
  const Environment& e = run.record.environment;
  auto known = [](const std::string& s) { return s.empty() ? "?" : s; };
  std::string machine = known(e.machine);
  if (!e.qemu.empty()) machine += " (QEMU " + e.qemu + ")";
  std::string clock =
      std::string(NameOf(e.clock)) +
      (format.instructions() ? " (latencies are counts of guest instructions)"
                             : "");
  if (const std::string note = ClockNote(e.clock_check); !note.empty())
    clock += "; " + note;
  std::string made, by;
  if (run.origin) {
    made = run.origin->date;
    if (!run.origin->host.empty()) made += " on " + run.origin->host;
    by = run.origin->vm.empty() ? run.origin->command : run.origin->vm;
  }
  const std::string commit = run.origin && !run.origin->commit.empty()
                                 ? " (" + run.origin->commit + ")"
                                 : "";
  std::string out;
  for (const auto& [label, text] :
       std::initializer_list<std::pair<const char*, std::string>>{
           {"run      ", run.directory},
           {"made     ", made},
           {"by       ", by},
           {"kernel   ", known(e.kernel)},
           {"machine  ", machine + ", " + known(e.cpu)},
           {"memory   ", e.memory},
           {"clock    ", clock},
           {"files    ", known(e.filesystem) + ", " + known(e.fio) +
                             ", daxmend " + known(e.daxmend) + commit}})
    if (!text.empty()) out += Wrapped(label, Printable(text), columns);
  return out;
}

std::string TableText(const RunRecord& record, const LatencyFormat& format,
                      size_t columns, size_t text_columns) {
  TextTable table(
      {"", "count", "min", "p50", "mean", "p99", "p99.9", "max", "vs fast"});
  table.AddRule();
  const std::vector<PathRow> rows = MakePathTable(record);
  for (const JobRecord& job : record.jobs) {
    const JobRecord* reference = FindReference(record, job);
    std::string title = job.name + ": " + job.rw + ", " + job.access +
                        ", recovery=" + job.recovery;
    if (reference && reference != &job)
      title += ", compared with " + reference->name;
    table.AddText(Wrapped("", Printable(title), text_columns));
    bool timed = false;
    for (const PathRow& row : rows) {
      if (row.job != &job) continue;
      timed = true;
      const LatencyHistogram& h = row.latency();
      auto latency = [&](uint64_t ns) {
        return format.Short(static_cast<double>(ns));
      };
      table.AddRow(
          {"  " + std::string(kPathNames[static_cast<size_t>(row.path)]),
           Grouped(h.count()), latency(h.min()), latency(h.Percentile(50)),
           format.Short(h.mean()), format.Percentile(h, 99),
           format.Percentile(h, 99.9), latency(h.max()),
           row.has_ratio() ? RatioText(row.ratio()) + "x" : "-"});
    }
    if (!timed) table.AddText("  no I/O was timed\n");
  }
  return table.Text(columns);
}

std::string MappingPagesText(uint64_t pages) {
  return pages == 0 ? ""
                    : "; " + Counted(pages, "page") +
                          " of the jobs' mappings by userfault_poison=";
}

}  // namespace

std::string TextReport(const Run& run, size_t table_columns) {
  const size_t columns = std::min(table_columns, kMostColumns);
  const LatencyFormat format(run.record.environment.clock, Script::kPlain);
  const Findings findings = FindingsOf(run, format);
  const Counters& totals = findings.totals;
  const PoisonRecord& poison = run.record.poison;

  std::string out = EnvironmentText(run, format, columns) + "\n" +
                    TableText(run.record, format, table_columns, columns) +
                    "\n";
  auto add = [&](const char* label, const std::string& text) {
    out += Wrapped(label, Printable(text), columns);
  };
  add("", "vs fast: median over the median fast path of the job compared with" +
              std::string(format.instructions() ? "; unit: instructions" : ""));
  out += "\n";
  add("poison   ",
      Counted(poison.planted_sectors, UnitName(poison.unit_bytes)) +
          " injected in " + Counted(poison.planted_pages, "page") + ", " +
          Grouped(poison.remaining_sectors) + " remaining" +
          MappingPagesText(findings.mapping_pages));
  if (poison.machine_checks + poison.taken_pages > 0)
    add("kernel   ",
        Counted(poison.machine_checks, "machine check") + ", " +
            Counted(poison.taken_pages, "page") +
            " taken away (HardwareCorrupted), on the whole machine");
  for (const char* unit : {"I/Os", "sectors", "bytes"}) {
    std::string all;
    for (const CounterKind& kind : kCounters)
      if (kind.unit == std::string_view(unit) && kind.IsShownFor(totals))
        all += (all.empty() ? "" : ", ") + Grouped(totals.*kind.member) + " " +
               kind.label;
    std::string label = unit;
    if (label == "sectors")
      label = std::string(UnitName(poison.unit_bytes)) + "s";
    label.resize(9, ' ');
    add(label.c_str(), all);
  }
  for (const JobRecord& job : run.record.jobs)
    if (!job.devices.empty())
      add("devices  ", job.name + ": " + ToText(job.devices));
  out += "\n";
  if (!run.hosts.hosts.empty())
    out += HostsAsText(run.hosts, table_columns) + "\n";
  add("", findings.headline);
  for (const std::string& remark : findings.remarks) add("", remark);
  add("", findings.verdict);

  return out;
}

}  // namespace daxmend
