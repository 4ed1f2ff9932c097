// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/throughput_figures.h"

#include <fmt/core.h>

#include <algorithm>

namespace daxmend {
namespace {

constexpr double kMiB = 1024 * 1024;
// 10^9 ns are a second, or a thousand million instructions: either way the
// throughput is bytes a 10^9 of the clock.
constexpr double kClockUnit = 1e9;

// How the time axis is divided: the largest unit of which the job lasted two.
struct TimeUnit {
  double ns;
  const char* time;
  const char* instructions;
};

TimeUnit UnitFor(double ns) {
  constexpr TimeUnit kUnits[] = {{1e9, "s", "10\u2079 instructions"},
                                 {1e6, "ms", "10\u2076 instructions"}};
  return ns >= 2e9 ? kUnits[0] : kUnits[1];
}

double Throughput(const Timeline& timeline, size_t slot) {
  return static_cast<double>(timeline.slot(slot).bytes) / kMiB /
         (static_cast<double>(timeline.slot_ns()) / kClockUnit);
}

uint64_t SectorsOf(const Injection& injection) {
  uint64_t sectors = 0;
  for (const PoisonedRange& range : injection.ranges)
    sectors += range.sectors.length();
  return sectors;
}

// Since the run's first I/O.
struct Span {
  uint64_t begin, end;
};

Span SpanOf(const JobRecord& job) {
  return {job.start_ns, job.start_ns + job.timeline.end_ns()};
}

// Was what was per_slot `ns` after the run's first I/O, or before it, per_slot
// for `job`, which began later? It was when no other job met it first.
bool WaitsFor(const RunRecord& record, const JobRecord& job, int64_t ns) {
  if (ns >= static_cast<int64_t>(job.start_ns)) return false;
  for (const JobRecord& other : record.jobs) {
    if (other.timeline.used() == 0) continue;
    const Span span = SpanOf(other);
    if (static_cast<int64_t>(span.end) > ns && span.begin < job.start_ns)
      return false;
  }
  return true;
}

// Sectors per_slot in each slot of the job's time.
std::vector<uint64_t> InjectedBySlot(const RunRecord& record,
                                     const InjectionRecord& injected,
                                     const JobRecord& job) {
  std::vector<uint64_t> per_slot(job.timeline.used());
  if (record.start_ns == 0) return per_slot;
  const Span span = SpanOf(job);
  for (const Injection& injection : injected.injections) {
    const auto ns = static_cast<int64_t>(injection.time_ns - record.start_ns);
    uint64_t slot = per_slot.size();
    if (WaitsFor(record, job, ns))
      slot = 0;
    else if (ns >= static_cast<int64_t>(span.begin) &&
             ns <= static_cast<int64_t>(span.end))
      slot = (static_cast<uint64_t>(ns) - span.begin) / job.timeline.slot_ns();
    if (slot < per_slot.size()) per_slot[slot] += SectorsOf(injection);
  }
  return per_slot;
}

// Nobody learns anything from a line that is level, nor from one whose steps
// are those of so few I/Os that one more or less is a step.
bool ShowsNothing(const Timeline& timeline, size_t whole) {
  uint64_t least = UINT64_MAX, most = 0, most_ios = 0;
  for (size_t i = 0; i < whole; ++i) {
    least = std::min(least, timeline.slot(i).bytes);
    most = std::max(most, timeline.slot(i).bytes);
    most_ios = std::max(most_ios, timeline.slot(i).ios);
  }
  constexpr uint64_t kFewIos = 4;
  return whole < 3 || most_ios <= kFewIos || least >= most - most / 10;
}

Figure ThroughputOf(const JobRecord& job, size_t number,
                    const std::vector<uint64_t>& per_slot,
                    const LatencyFormat& format) {
  const Timeline& timeline = job.timeline;
  const double slot = static_cast<double>(timeline.slot_ns());
  const size_t whole =
      timeline.used() > 2 ? timeline.used() - 1 : timeline.used();
  const TimeUnit unit = UnitFor(slot * static_cast<double>(timeline.used()));
  const std::string unit_name =
      format.instructions() ? unit.instructions : unit.time;
  const std::string rate =
      format.instructions() ? "MiB per 10\u2079 instructions" : "MiB/s";

  Figure figure;
  figure.id = fmt::format("throughput-{}", number);
  figure.title = job.name + ": throughput";
  figure.caption = rate + " over the job's time in " + unit_name +
                   ", a step every " + format.Full(slot) + ".";
  figure.x_title = unit_name;
  figure.y_title = rate;
  figure.legend = {{SeriesRole(0), "throughput"}};
  if (job.counters.recovered_ios)
    figure.legend.push_back({SeriesRole(1), "recoveries in this step"});
  const bool arrivals = std::any_of(per_slot.begin(), per_slot.end(),
                                    [](uint64_t sectors) { return sectors; });
  if (arrivals) figure.legend.push_back({SeriesRole(3), "poison injected"});
  figure.columns = {"from (" + unit_name + ")", "I/Os", rate, "recovered",
                    "sectors injected"};

  std::string line = "$line << EOD\n", marks = "$marks << EOD\n",
              arrived = "$arrived << EOD\n";
  bool marked = false;
  double highest = 0;
  for (size_t i = 0; i < timeline.used(); ++i) {
    const double begin = slot * static_cast<double>(i) / unit.ns;
    const double end = slot * static_cast<double>(i + 1) / unit.ns;
    const double value = Throughput(timeline, i);
    highest = std::max(highest, value);
    figure.numbers.push_back(
        {Significant(begin, 4), Grouped(timeline.slot(i).ios),
         Significant(value, 4), Grouped(timeline.slot(i).recovered),
         Grouped(per_slot[i])});
    if (per_slot[i]) arrived += PlotNumber(begin) + "\n";
    if (i < whole)
      line += PlotNumber(begin) + " " + PlotNumber(value) + "\n" +
              PlotNumber(end) + " " + PlotNumber(value) + "\n";
    if (timeline.slot(i).recovered) {
      marked = true;
      marks += PlotNumber((begin + end) / 2) + " " + PlotNumber(value) + "\n";
    }
  }
  figure.folded = !marked && !arrivals && ShowsNothing(timeline, whole);
  figure.script =
      LinearAxis("y", highest) + "set xrange [0:" +
      PlotNumber(slot * static_cast<double>(timeline.used()) / unit.ns) +
      "]\n" + line + "EOD\n" + (marked ? marks + "EOD\n" : "") +
      (arrivals ? arrived + "EOD\n" : "") +
      "plot $line with filledcurves y1=0 fs transparent solid 0.12 noborder "
      "lt 1 notitle, $line with lines lw 1.4 lt 1 notitle";
  if (marked) figure.script += ", $marks with points pt 7 ps 0.45 lt 2 notitle";
  if (arrivals)
    figure.script += ", $arrived using 1:(" + PlotNumber(highest) +
                     ") with impulses lw 1.4 dt 2 lt 4 notitle";
  figure.script += "\n";
  return figure;
}

}  // namespace

std::vector<Figure> ThroughputFigures(const RunRecord& record,
                                      const InjectionRecord& injected,
                                      const LatencyFormat& format) {
  std::vector<Figure> figures;
  for (size_t i = 0; i < record.jobs.size(); ++i)
    if (record.jobs[i].timeline.used())
      figures.push_back(ThroughputOf(
          record.jobs[i], i, InjectedBySlot(record, injected, record.jobs[i]),
          format));
  return figures;
}

}  // namespace daxmend
