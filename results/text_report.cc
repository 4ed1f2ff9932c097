// SPDX-License-Identifier: GPL-2.0-only

#include "results/text_report.h"

#include <array>

#include "core/printable.h"
#include "results/findings.h"
#include "results/path_table.h"

namespace daxmend {
namespace {

constexpr size_t kColumns = 100;

std::string Left(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string Right(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text
                             : " " + text;
}

// Breaks at spaces; later lines are indented like the text after `label`.
std::string Wrapped(const std::string& label, const std::string& raw) {
  const std::string text = Printable(raw);
  std::string out = label, line;
  const std::string indent(label.size(), ' ');
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = std::min(text.find(' ', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    if (!line.empty() &&
        label.size() + line.size() + 1 + word.size() > kColumns) {
      out += line + "\n" + indent;
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return out + line + "\n";
}

std::string EnvironmentText(const Run& run, const LatencyFormat& format) {
  const Environment& e = run.record.environment;
  auto known = [](const std::string& s) { return s.empty() ? "?" : s; };
  std::string machine = known(e.machine);
  if (!e.qemu.empty()) machine += " (QEMU " + e.qemu + ")";
  std::string clock =
      e.clock + (format.instructions()
                     ? " (latencies are counts of guest instructions)"
                     : "");
  if (const std::string note = ClockNote(e.clock_check); !note.empty())
    clock += "; " + note;
  return Wrapped("run      ", run.directory) +
         Wrapped("kernel   ", known(e.kernel)) +
         Wrapped("machine  ", machine + ", " + known(e.cpu)) +
         Wrapped("clock    ", clock) +
         Wrapped("files    ", known(e.filesystem) + ", " + known(e.fio) +
                                  ", daxmend " + known(e.daxmend));
}

std::string RowText(const std::array<std::string, 9>& cells) {
  constexpr std::array<size_t, 9> kWidths = {11, 11, 11, 11, 11,
                                             11, 11, 11, 10};
  std::string line = Left("  " + cells[0], kWidths[0]);
  for (size_t i = 1; i < cells.size(); ++i) line += Right(cells[i], kWidths[i]);
  return line + "\n";
}

std::string TableText(const RunRecord& record, const LatencyFormat& format) {
  std::string out = RowText({"", "count", "min", "p50", "mean", "p99", "p99.9",
                             "max", "to fast"}) +
                    std::string(kColumns - 2, '-') + "\n";
  const std::vector<PathRow> rows = MakePathTable(record);
  for (const JobRecord& job : record.jobs) {
    const JobRecord* reference = FindReference(record, job);
    std::string title = job.name + ": " + job.rw + ", " + job.access +
                        ", recovery=" + job.recovery;
    if (reference && reference != &job)
      title += ", compared with " + reference->name;
    out += Wrapped("", title);
    bool timed = false;
    for (const PathRow& row : rows) {
      if (row.job != &job) continue;
      timed = true;
      const LatencyHistogram& h = row.latency();
      auto latency = [&](uint64_t ns) {
        return format.Short(static_cast<double>(ns));
      };
      out += RowText({std::string(kPathNames[static_cast<size_t>(row.path)]),
                      Grouped(h.count()), latency(h.min()),
                      latency(h.Percentile(50)), format.Short(h.mean()),
                      latency(h.Percentile(99)), latency(h.Percentile(99.9)),
                      latency(h.max()),
                      row.has_ratio() ? RatioText(row.ratio()) + "x" : "-"});
    }
    if (!timed) out += "  no I/O was timed\n";
  }
  return out;
}

std::string MappingPagesText(uint64_t pages) {
  return pages == 0 ? ""
                    : "; " + Counted(pages, "page") +
                          " of the jobs' mappings by userfault_poison=";
}

}  // namespace

std::string TextReport(const Run& run) {
  const LatencyFormat format(run.record.environment.clock, Script::kPlain);
  const Findings findings = FindingsOf(run, format);
  const Counters& totals = findings.totals;
  const PoisonRecord& poison = run.record.poison;

  std::string out = EnvironmentText(run, format) + "\n" +
                    TableText(run.record, format) + "\n";
  out +=
      "to fast: median over the median fast path of the job compared with" +
      std::string(format.instructions() ? "; unit: instructions\n\n" : "\n\n");
  out += Wrapped("poison   ",
                 Counted(poison.planted_sectors, "sector") + " planted in " +
                     Counted(poison.planted_pages, "page") + ", " +
                     Grouped(poison.remaining_sectors) + " remaining" +
                     MappingPagesText(findings.mapping_pages));
  out += Wrapped("I/O      ", Grouped(totals.recovered_ios) + " recovered, " +
                                  Grouped(totals.failed_ios) + " failed of " +
                                  Grouped(totals.ios));
  out += Wrapped("sectors  ", Grouped(totals.salvaged_sectors) + " salvaged, " +
                                  Grouped(totals.backup_sectors) +
                                  " from the backup, " +
                                  Grouped(totals.lost_sectors) + " lost");
  out += Wrapped("bytes    ", Grouped(totals.saved_bytes) +
                                  " saved by recoveries, " +
                                  Grouped(totals.lost_bytes) + " lost");
  if (totals.left_sectors)
    out += Wrapped("left     ", Counted(totals.left_sectors, "bad sector") +
                                    " on the media, in nobody's file");
  out += "\n" + Wrapped("", findings.headline);
  for (const std::string& remark : findings.remarks) out += Wrapped("", remark);
  out += Wrapped("", findings.verdict);

  return out;
}

}  // namespace daxmend
