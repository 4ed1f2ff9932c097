// SPDX-License-Identifier: GPL-2.0-only

#include "results/throughput_figures.h"

#include <cstdio>

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

std::string Text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

Figure ThroughputOf(const JobRecord& job, size_t number,
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
  figure.id = "throughput-" + std::to_string(number);
  figure.title = job.name + ": throughput";
  figure.caption = rate + " over the job's time in " + unit_name +
                   ", a step every " + format.Full(slot) + ".";
  figure.legend = {{SeriesRole(0), "throughput"}};
  if (job.counters.recovered_ios)
    figure.legend.push_back({SeriesRole(1), "recoveries in this step"});
  figure.columns = {"from (" + unit_name + ")", "I/Os", rate, "recovered"};

  std::string line = "$line << EOD\n", marks = "$marks << EOD\n";
  bool marked = false;
  for (size_t i = 0; i < timeline.used(); ++i) {
    const double begin = slot * static_cast<double>(i) / unit.ns;
    const double end = slot * static_cast<double>(i + 1) / unit.ns;
    const double value = Throughput(timeline, i);
    figure.numbers.push_back(
        {Significant(begin, 4), Grouped(timeline.slot(i).ios),
         Significant(value, 4), Grouped(timeline.slot(i).recovered)});
    if (i < whole)
      line += Text(begin) + " " + Text(value) + "\n" + Text(end) + " " +
              Text(value) + "\n";
    if (timeline.slot(i).recovered) {
      marked = true;
      marks += Text((begin + end) / 2) + " " + Text(value) + "\n";
    }
  }
  figure.script =
      "set yrange [0:*]\nset xrange [0:" +
      Text(slot * static_cast<double>(timeline.used()) / unit.ns) + "]\n" +
      line + "EOD\n" + (marked ? marks + "EOD\n" : "") +
      "plot $line with filledcurves y1=0 fs transparent solid 0.12 noborder "
      "fc rgb '" +
      RoleColor(SeriesRole(0)) + "' notitle, $line with lines lw 1.4 lc rgb '" +
      RoleColor(SeriesRole(0)) + "' notitle";
  if (marked)
    figure.script += ", $marks with points pt 7 ps 0.45 lc rgb '" +
                     RoleColor(SeriesRole(1)) + "' notitle";
  figure.script += "\n";
  return figure;
}

}  // namespace

std::vector<Figure> ThroughputFigures(const RunRecord& record,
                                      const LatencyFormat& format) {
  std::vector<Figure> figures;
  for (size_t i = 0; i < record.jobs.size(); ++i)
    if (record.jobs[i].timeline.used())
      figures.push_back(ThroughputOf(record.jobs[i], i, format));
  return figures;
}

}  // namespace daxmend
