// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/summary.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <utility>

#include "core/printable.h"
#include "core/text_table.h"

namespace daxmend {
namespace {

// fio's output goes to files as often as to a terminal.
constexpr size_t kColumns = 80;

[[gnu::format(printf, 2, 3)]] void Append(std::string* to, const char* format,
                                          ...) {
  char line[1280];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  *to += line;
}

void AddRows(const JobRecord& job, TextTable* table) {
  for (size_t i = 0; i < kPaths; ++i) {
    const LatencyHistogram& h = job.paths[i];
    if (h.count() == 0) continue;
    std::vector<std::string> row = {"  " + Printable(job.name),
                                    std::string(kPathNames[i])};
    for (const uint64_t figure : {h.count(), h.min()})
      row.push_back(std::to_string(figure));
    for (const double percent : {50.0, 99.0, 99.9})
      row.push_back(h.Supports(percent) ? std::to_string(h.Percentile(percent))
                                        : "-");
    row.push_back(std::to_string(h.max()));
    table->AddRow(std::move(row));
  }
}

void AppendCounters(const JobRecord& job, int name_width, std::string* out) {
  Append(out, "  %-*s  access=%s recovery=%s:", name_width,
         Printable(job.name).c_str(), job.access.c_str(), job.recovery.c_str());
  for (const CounterKind& kind : kCounters) {
    const uint64_t n = job.counters.*kind.member;
    // Zeros say something of I/Os only.
    if (n > 0 || (kind.unit == std::string_view("I/Os") && !kind.surprise))
      Append(out, " %s=%" PRIu64, kind.key, n);
  }
  *out += '\n';
}

std::string KilledText(const RunState::Left& left) {
  std::map<std::string, uint64_t> workers;
  for (const RunState::Left::Killed& killed : left.killed)
    ++workers[killed.job];
  std::string out;
  for (const auto& [job, count] : workers)
    Append(&out,
           "daxmend: INCOMPLETE: %" PRIu64
           " of job %s's workers ended without a record (killed?); their I/O "
           "is not counted\n",
           count, Printable(job).c_str());
  return out;
}

}  // namespace

std::string FormatSummary(const RunState::Left& left, Clock clock,
                          const std::optional<ClockCheck>& check) {
  if (left.jobs.empty()) return KilledText(left);
  int name_width = 4;
  for (const JobRecord& job : left.jobs)
    name_width =
        std::max(name_width, static_cast<int>(Printable(job.name).size()));
  std::string out;
  Append(&out, "\ndaxmend: latency by path, in %s\n",
         clock == Clock::kVirtual ? "virtual ns = guest instructions" : "ns");
  TextTable table(
      {"  job", "path", "count", "min", "p50", "p99", "p99.9", "max"}, 2);
  for (const JobRecord& job : left.jobs) AddRows(job, &table);
  out += table.Text(kColumns);
  for (const JobRecord& job : left.jobs) AppendCounters(job, name_width, &out);
  out += KilledText(left);
  if (left.not_kept > 0)
    Append(&out, "  and %" PRIu64 " more jobs, not shown\n", left.not_kept);
  const PoisonRecord& poison = left.poison;
  if (poison.planted_sectors + poison.remaining_sectors > 0)
    Append(&out,
           "  poison: %" PRIu64 " %ss injected in %" PRIu64 " pages, %" PRIu64
           " %ss remain\n",
           poison.planted_sectors, UnitName(poison.unit_bytes),
           poison.planted_pages, poison.remaining_sectors,
           UnitName(poison.unit_bytes));
  if (poison.unlisted_disks > 0)
    Append(&out, "  what remains on %" PRIu64 " disks no list says\n",
           poison.unlisted_disks);
  if (poison.machine_checks + poison.taken_pages > 0)
    Append(&out,
           "  kernel: %" PRIu64 " machine checks, %" PRIu64
           " pages taken away\n",
           poison.machine_checks, poison.taken_pages);
  if (const std::string note = ClockNote(check); !note.empty())
    Append(&out, "  clock: %s\n", Printable(note).c_str());
  for (const std::string& path : left.path_logs)
    Append(&out, "  written to %s\n", Printable(path).c_str());
  return out;
}

}  // namespace daxmend
