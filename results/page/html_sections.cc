// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/html_sections.h"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "results/page/figure.h"
#include "results/page/html_text.h"
#include "results/report/findings.h"
#include "results/report/path_table.h"

namespace daxmend {
namespace {

// Of jobs, among the large figures.
constexpr size_t kMostRatios = 8;

std::string Section(const std::string& title, const std::string& note,
                    const std::string& body) {
  return "<section>\n<h2>" + Escaped(title) + "</h2>\n" +
         (note.empty() ? "" : "<p class=\"note\">" + Escaped(note) + "</p>\n") +
         body + "</section>\n";
}

std::string Pair(const std::string& term, const std::string& text) {
  return "<div><dt>" + Escaped(term) + "</dt><dd>" +
         (text.empty() ? "not known" : Escaped(text)) + "</dd></div>\n";
}

std::string Fact(const std::string& term, const std::string& number,
                 const std::string& unit) {
  return "<div><dt>" + Escaped(term) + "</dt><dd>" + Escaped(number) +
         (unit.empty() ? "" : " <small>" + Escaped(unit) + "</small>") +
         "</dd></div>\n";
}

std::string Cells(const std::vector<std::string>& cells, const char* tag) {
  std::string out = "<tr>";
  for (const std::string& cell : cells)
    out += std::string("<") + tag + ">" + Escaped(cell) + "</" + tag + ">";
  return out + "</tr>\n";
}

// A latency, with the exact number of run.json for programs that look.
std::string LatencyCell(double ns, const std::string& exact,
                        const LatencyFormat& format) {
  return "<td data-ns=\"" + exact + "\">" + Escaped(format.Short(ns)) + "</td>";
}

std::string LatencyCell(uint64_t ns, const LatencyFormat& format) {
  return LatencyCell(static_cast<double>(ns), std::to_string(ns), format);
}

std::string PercentileCell(const LatencyHistogram& h, double percent,
                           const LatencyFormat& format) {
  return h.Supports(percent) ? LatencyCell(h.Percentile(percent), format)
                             : "<td>\u2013</td>";
}

std::string RowOf(const PathRow& row, const LatencyFormat& format) {
  const LatencyHistogram& h = row.latency();
  const std::string path(kPathNames[static_cast<size_t>(row.path)]);
  return fmt::format(
      "<tr class=\"{}\"><td class=\"path\">{}</td><td "
      "data-count=\"{}\">{}</td>{}{}{}{}{}{}<td>{}</td></tr>\n",
      path, path, h.count(), Grouped(h.count()), LatencyCell(h.min(), format),
      LatencyCell(h.Percentile(50), format),
      LatencyCell(h.mean(), Significant(h.mean(), 12), format),
      PercentileCell(h, 99, format), PercentileCell(h, 99.9, format),
      LatencyCell(h.max(), format),
      row.has_ratio() ? Escaped(RatioText(row.ratio())) + "\u00d7"
                      : std::string("\u2013"));
}

struct Part {
  std::string name;
  Role role;
  uint64_t ns;
};

std::string PartsOf(const JobRecord& job, const LatencyFormat& format) {
  const LatencyHistogram& whole = job.path(Path::kRecovery);
  std::vector<Part> parts;
  uint64_t sum = 0;
  constexpr std::pair<Path, size_t> kParts[] = {
      {Path::kDetect, 4}, {Path::kSalvage, 0}, {Path::kRepair, 1}};
  for (auto [path, color] : kParts) {
    // What the parts took of the recoveries as a whole; in a job whose
    // recoveries partly failed they may have taken more.
    const uint64_t ns = job.path(path).sum();
    if (ns == 0) continue;
    parts.push_back({std::string(kPathNames[static_cast<size_t>(path)]),
                     SeriesRole(color), ns});
    sum += ns;
  }
  if (whole.sum() > sum)
    parts.push_back({"the rest", Role::kAxis, whole.sum() - sum});
  const double total = static_cast<double>(std::max(sum, whole.sum()));
  std::string bar = "<div class=\"bar\">", legend = "<ul class=\"legend\">\n";
  for (const Part& part : parts) {
    const std::string share =
        Significant(100 * static_cast<double>(part.ns) / total, 3);
    bar += "<i style=\"width:" + share +
           "%;background:" + RoleVariable(part.role) + "\"></i>";
    legend += "<li><span class=\"swatch\" style=\"background:" +
              RoleVariable(part.role) + "\"></span>" + part.name + " " + share +
              " %, " +
              Escaped(format.Short(static_cast<double>(part.ns) /
                                   static_cast<double>(whole.count()))) +
              "</li>\n";
  }
  return "<div class=\"part\"><h3>" + Escaped(job.name) + "</h3>\n" + bar +
         "</div>\n" + legend + "</ul></div>\n";
}

std::string InjectionRows(const InjectionRecord& record) {
  std::string rows;
  for (const Injection& injection : record.injections) {
    std::vector<SectorRange> sectors;
    for (const PoisonedRange& range : injection.ranges)
      sectors.push_back(range.sectors);
    sectors = Normalize(std::move(sectors));
    const std::string first =
        sectors.empty() ? "" : std::to_string(sectors.front().begin);
    const std::string last =
        sectors.empty() ? "" : std::to_string(sectors.back().end - 1);
    rows += Cells(
        {injection.device, injection.injector, injection.file,
         Grouped(TotalLength(sectors)), Grouped(sectors.size()), first, last},
        "td");
  }
  return rows;
}

// All values of an option that was given several times, a newline between two
// of them; of fio's JSON, which repeats the key, only the last one is left.
std::string ValuesOf(const std::string& name, const std::string& last,
                     const JobRecord* job) {
  if (!job) return last;
  const auto at = job->options.find(name);
  const bool has_more =
      at != job->options.end() && at->second.ends_with("\n" + last);
  return has_more ? at->second : last;
}

std::string OptionsText(const FioOptions& options, const JobRecord* job) {
  std::string text;
  for (const auto& [name, last] : options) {
    std::istringstream values(ValuesOf(name, last, job));
    if (last.empty()) text += name + "\n";
    for (std::string value; std::getline(values, value);)
      text += name + "=" + value + "\n";
  }
  return text;
}

}  // namespace

std::string FactsSection(const Run& run, const Findings& findings,
                         const LatencyFormat& format) {
  std::vector<PathRow> recoveries;
  for (const PathRow& row : MakePathTable(run.record))
    if (row.path == Path::kRecovery && row.has_ratio())
      recoveries.push_back(row);
  auto ratio = [](const PathRow& row) {
    return RatioText(row.ratio()) + "\u00d7";
  };
  std::string facts;
  if (recoveries.size() > kMostRatios) {
    const auto [least, most] =
        std::minmax_element(recoveries.begin(), recoveries.end(),
                            [](const PathRow& a, const PathRow& b) {
                              return a.ratio() < b.ratio();
                            });
    facts = Fact("Recoveries of " + Counted(recoveries.size(), "job"),
                 ratio(*least) + " to " + ratio(*most), "a fast I/O");
  } else {
    for (const PathRow& row : recoveries)
      facts +=
          Fact(row.job->name, ratio(row),
               format.Full(static_cast<double>(row.latency().Percentile(50))));
  }
  const Counters& c = findings.totals;
  const std::string unit = run.record.poison.unit_bytes == kSectorBytes
                               ? "Sector"
                           : run.record.poison.unit_bytes == 64 ? "Line"
                                                                : "Unit";
  facts += Fact("I/Os recovered", Grouped(c.recovered_ios),
                c.failed_ios ? Grouped(c.failed_ios) + " failed" : "");
  facts +=
      Fact(unit + "s lost", Grouped(c.lost_sectors),
           c.lost_sectors
               ? BytesText(static_cast<double>(c.lost_sectors) *
                           static_cast<double>(run.record.poison.unit_bytes))
               : "");
  facts += Fact(unit + "s still poisoned",
                Grouped(run.record.poison.remaining_sectors),
                "of " + Grouped(run.record.poison.planted_sectors));
  return "<dl class=\"facts sheet\">\n" + facts + "</dl>\n";
}

std::string EnvironmentSection(const Run& run) {
  const Environment& e = run.record.environment;
  std::string machine = e.machine;
  if (!e.qemu.empty()) machine += ", QEMU " + e.qemu;
  std::string clock = e.clock == Clock::kVirtual
                          ? "virtual: one nanosecond is one instruction"
                          : "wall";
  if (const std::string note = ClockNote(e.clock_check); !note.empty())
    clock += "; " + note;
  return Section("Environment", "",
                 "<dl class=\"pairs sheet\">\n" + Pair("Kernel", e.kernel) +
                     Pair("Machine", machine) + Pair("CPU", e.cpu) +
                     (e.memory.empty() ? "" : Pair("Memory", e.memory)) +
                     Pair("Clock", clock) + Pair("File system", e.filesystem) +
                     Pair("Programs", e.fio + ", daxmend " + e.daxmend) +
                     "</dl>\n");
}

std::string PathSection(const Run& run, const LatencyFormat& format) {
  std::string body =
      "<div class=\"scroll sheet\" tabindex=\"0\">\n<table>\n<thead>" +
      Cells({"Job and path", "count", "min", "p50", "mean", "p99", "p99.9",
             "max", "vs fast"},
            "th") +
      "</thead>\n";
  const std::vector<PathRow> rows = MakePathTable(run.record);
  for (const JobRecord& job : run.record.jobs) {
    const JobRecord* reference = FindReference(run.record, job);
    std::string about =
        job.rw + ", " + job.access + ", recovery=" + job.recovery;
    if (reference && reference != &job)
      about += ", compared with " + reference->name;
    body += "<tbody>\n<tr class=\"job\"><th colspan=\"9\" scope=\"rowgroup\">" +
            Escaped(job.name) + " <span>" + Escaped(about) +
            "</span></th></tr>\n";
    for (const PathRow& row : rows)
      if (row.job == &job) body += RowOf(row, format);
    body += "</tbody>\n";
  }
  return Section("Latency by path",
                 std::string(format.instructions() ? "In instructions. " : "") +
                     "\u201cvs fast\u201d is the median over the median of "
                     "the fast path it is compared with: a clean job's in the "
                     "same direction and I/O size, otherwise the job's own.",
                 body + "</table>\n</div>\n");
}

std::string PartsSection(const Run& run, const LatencyFormat& format) {
  std::string bars;
  for (const JobRecord& job : run.record.jobs)
    if (job.path(Path::kRecovery).sum() > 0) bars += PartsOf(job, format);
  if (bars.empty()) return "";
  return Section("What a recovery consists of",
                 "Mean " + format.unit() +
                     " per recovery. Detect is the way to the error, salvage "
                     "reads what can be read around the poison, repair is the "
                     "write that makes the range good again. A window, inside "
                     "of repair, is "
                     "the time from clearing poison or punching a hole to the "
                     "end of the write that follows.",
                 "<div class=\"bars sheet\">\n" + bars + "</div>\n");
}

namespace {

// One row a device of each job whose files are on several.
std::string DevicesTable(const Run& run) {
  std::string rows;
  for (const JobRecord& job : run.record.jobs)
    for (const DeviceShare& share : job.devices)
      rows += Cells({job.name, share.device, Grouped(share.recovered_ios),
                     Grouped(share.failed_ios), Grouped(share.lost_sectors)},
                    "td");
  if (rows.empty()) return "";
  return "<p class=\"note\" style=\"margin-top:1.25rem\">Of jobs on several "
         "devices:</p>\n<div class=\"scroll sheet\" tabindex=\"0\">\n<table "
         "class=\"words\">\n<thead>" +
         Cells({"Job", "device", "I/Os recovered", "I/Os failed",
                std::string(UnitName(run.record.poison.unit_bytes)) + "s lost"},
               "th") +
         "</thead>\n<tbody>\n" + rows + "</tbody>\n</table>\n</div>\n";
}

}  // namespace

std::string PoisonSection(const Run& run) {
  std::vector<std::string> headings = {"Job"};
  std::vector<CounterKind> kinds;
  for (const CounterKind& kind : kCounters)
    if (std::ranges::any_of(run.record.jobs, [&](const JobRecord& job) {
          return kind.IsShownFor(job.counters);
        }))
      kinds.push_back(kind);
  for (const CounterKind& kind : kinds)
    headings.push_back(kind.unit + std::string(" ") + kind.label);
  std::string body =
      "<div class=\"scroll sheet\" tabindex=\"0\">\n<table>\n<thead>" +
      Cells(headings, "th") + "</thead>\n<tbody>\n";
  for (const JobRecord& job : run.record.jobs) {
    std::vector<std::string> cells = {job.name};
    for (const CounterKind& kind : kinds) {
      const uint64_t n = job.counters.*kind.member;
      cells.push_back(kind.member == &Counters::bytes
                          ? BytesText(static_cast<double>(n))
                          : Grouped(n));
    }
    body += Cells(cells, "td");
  }
  body += "</tbody>\n</table>\n</div>\n" + DevicesTable(run);
  const uint64_t unit_bytes = run.record.poison.unit_bytes;
  const char* unit = UnitName(unit_bytes);
  if (!run.injected.injections.empty())
    body +=
        "<p class=\"note\" style=\"margin-top:1.25rem\">What was injected "
        "(inject.json), in " +
        fmt::format("{}-byte {}s of the device:</p>\n", unit_bytes, unit) +
        "<div class=\"scroll sheet\" tabindex=\"0\">\n<table "
        "class=\"words\">\n<thead>" +
        Cells({"Device", "injector", "file", fmt::format("{}s", unit), "ranges",
               "first", "last"},
              "th") +
        "</thead>\n<tbody>\n" + InjectionRows(run.injected) +
        "</tbody>\n</table>\n</div>\n";
  const PoisonRecord& p = run.record.poison;
  const uint64_t mapping_pages = PoisonedMappingPages(run.record);
  return Section(
      "What became of the poison",
      Counted(p.planted_sectors, unit) + " were injected in " +
          Counted(p.planted_pages, "page") +
          (mapping_pages == 0
               ? ""
               : ", and " + Counted(mapping_pages, "page") +
                     " of the jobs\u2019 own mappings were poisoned "
                     "(userfault_poison=)") +
          "; when the last job ended " + Grouped(p.remaining_sectors) +
          fmt::format(" were still listed. A {} has {} bytes; a lost one was "
                      "neither on the media nor in a backup, and reads as "
                      "zeros.",
                      unit, unit_bytes) +
          (p.machine_checks + p.taken_pages == 0
               ? ""
               : " The kernel handled " +
                     Counted(p.machine_checks, "machine check") +
                     " during the run and took " +
                     Counted(p.taken_pages, "page") +
                     " away (HardwareCorrupted), on the whole machine."),
      body);
}

std::string MethodSection(const Run& run, const LatencyFormat& format) {
  std::string clock =
      format.instructions()
          ? "This run used the virtual clock: the emulator advances the "
            "guest\u2019s clock by one nanosecond for each instruction, so a "
            "latency is a count of instructions. It repeats exactly, on any "
            "host; it is not a time that hardware would show. "
          : "This run used the wall clock: latencies are times of this "
            "machine, with everything else that went on in it. ";
  if (!format.instructions() && run.record.environment.machine != "bare")
    clock +=
        "The machine was emulated or virtual, and so were its NVDIMM and the "
        "firmware that cleared the poison. ";
  std::string body = "<p class=\"note\">" + Escaped(clock) +
                     "Each latency is taken around the engine\u2019s own call, "
                     "one per I/O. Of at most 4,096 on a path every one is "
                     "kept; more are counted in fio\u2019s histogram buckets "
                     "(1/64 of an octave), and percentiles are exact to 1.6 % "
                     "then. Count, mean, min and max are always exact. A "
                     "percentile that so few I/Os cannot tell is left "
                     "out.</p>\n";
  body +=
      "<p class=\"note\">Two runs can be compared when kernel, QEMU, CPU "
      "model, fio, file system and the text of the jobs are the same.</p>\n";
  if (run.fio) {
    std::string text =
        "[global]\n" + OptionsText(run.fio->global_options, nullptr);
    for (const FioJob& job : run.fio->jobs)
      text += "\n[" + job.name + "]\n" +
              OptionsText(job.options, run.record.Find(job.name));
    body +=
        "<details><summary>The jobs, as fio understood "
        "them</summary>\n<pre class=\"sheet\">" +
        Escaped(text) + "</pre></details>\n";
  }
  return Section("How it was measured", "", body);
}

}  // namespace daxmend
