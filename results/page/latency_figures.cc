// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/latency_figures.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "results/report/path_table.h"

namespace daxmend {
namespace {

constexpr double kBarsPerOctave = 8;

// Fast paths are cool, recoveries warm, and the first of either always the
// same.
Role FastRole(size_t n) {
  constexpr size_t kRoles[] = {0, 4, 2, 6};
  return SeriesRole(kRoles[n % std::size(kRoles)]);
}

Role RecoveryRole(size_t n) {
  constexpr size_t kRoles[] = {1, 3, 5, 7};
  return SeriesRole(kRoles[n % std::size(kRoles)]);
}

// Whose fast path is in the plot.
std::vector<const JobRecord*> JobsOf(const RunRecord& record,
                                     Direction direction) {
  std::vector<const JobRecord*> shown;
  auto show = [&](const JobRecord* job) {
    if (job && std::find(shown.begin(), shown.end(), job) == shown.end())
      shown.push_back(job);
  };
  auto is_here = [&](const JobRecord& job) {
    return DirectionOf(job.rw) == direction;
  };
  for (const JobRecord& job : record.jobs)
    if (is_here(job) && job.path(Path::kRecovery).count()) {
      show(FindReference(record, job));
      show(&job);
    }
  if (shown.empty())
    for (const JobRecord& job : record.jobs)
      if (is_here(job)) show(&job);
  return shown;
}

std::vector<LatencySeries> SeriesOf(const std::vector<const JobRecord*>& jobs) {
  std::vector<LatencySeries> series;
  size_t fast = 0, recovery = 0;
  for (const JobRecord* job : jobs)
    if (job->path(Path::kFast).count())
      series.push_back(
          {job->name + ", fast", FastRole(fast++), &job->path(Path::kFast)});
  for (const JobRecord* job : jobs)
    if (job->path(Path::kRecovery).count())
      series.push_back({job->name + ", recovery", RecoveryRole(recovery++),
                        &job->path(Path::kRecovery)});
  return series;
}

std::vector<LegendEntry> LegendOf(const std::vector<LatencySeries>& series) {
  std::vector<LegendEntry> legend;
  for (const LatencySeries& s : series) legend.push_back({s.role, s.label});
  return legend;
}

// Bar number of a latency: eight bars an octave.
int BarOf(uint64_t ns) {
  double value = static_cast<double>(std::max<uint64_t>(ns, 1));
  return static_cast<int>(std::floor(std::log2(value) * kBarsPerOctave));
}

double BarBegin(int bar) { return std::exp2(bar / kBarsPerOctave); }

std::map<int, uint64_t> Bars(const LatencyHistogram& latency) {
  std::map<int, uint64_t> bars;
  for (auto [value, count] : latency.Steps()) bars[BarOf(value)] += count;
  return bars;
}

// An axis for the latencies of all series, with a little air on both sides.
std::string RangeAxis(const char* axis,
                      const std::vector<LatencySeries>& series,
                      const LatencyFormat& format) {
  double low = INFINITY, high = 1;
  for (const LatencySeries& s : series) {
    low = std::min(low, static_cast<double>(s.latency->min()));
    high = std::max(high, static_cast<double>(s.latency->max()));
  }
  return LatencyAxis(axis, std::max(low, 1.0) / 1.5, std::max(high, 2.0) * 1.5,
                     format);
}

std::string PlotEach(const std::vector<LatencySeries>& series,
                     const std::vector<std::string>& styles) {
  std::string command;
  for (const std::string& style : styles)
    for (size_t i = 0; i < series.size(); ++i)
      command += fmt::format("{}{} with {} lt {} notitle",
                             command.empty() ? "plot $d" : ", $d", i, style,
                             LineType(series[i].role));
  return command + "\n";
}

// The highest bar of a series.
struct Peak {
  Role role;
  double at;  // the bar's middle
  double percent;
  uint64_t median;
};

// The medians above the plot, each in its series' colour and from its peak away
// from the nearer edge: below each other on either side, none over another.
std::string PeakLabels(const std::vector<Peak>& peaks,
                       const LatencyFormat& format) {
  double low = INFINITY, high = 0;
  for (const Peak& peak : peaks) {
    low = std::min(low, peak.at);
    high = std::max(high, peak.at);
  }
  constexpr double kRow = 0.95;  // in characters' heights
  std::string script;
  size_t rows[2] = {0, 0};
  for (const Peak& peak : peaks) {
    const bool right = peak.at * peak.at > low * high;
    script += fmt::format(
        "set label 'median {}' at first {}, graph 1 {} offset 0,{} noenhanced "
        "textcolor rgb '{}' font ',12'\n",
        format.Short(static_cast<double>(peak.median)), PlotNumber(peak.at),
        right ? "right" : "left",
        PlotNumber(0.7 + kRow * static_cast<double>(rows[right]++)),
        RoleColor(peak.role));
  }
  return script +
         fmt::format("set tmargin {}\n",
                     PlotNumber(1.2 + kRow * static_cast<double>(
                                                 std::max(rows[0], rows[1]))));
}

Figure Distribution(const std::string& id, const std::string& title,
                    const std::vector<LatencySeries>& series,
                    const LatencyFormat& format) {
  Figure figure;
  figure.id = id;
  figure.title = title;
  figure.caption = "Share of each series' I/Os in percent over the latency" +
                   format.in_unit() + ", logarithmic, eight bars an octave.";
  figure.legend = LegendOf(series);
  figure.x_title = "latency" + format.in_unit();
  figure.y_title = "share of I/Os";
  figure.script = RangeAxis("x", series, format) + "set format y '%g%%'\n";
  figure.columns = {"from", "to"};
  std::map<int, std::vector<uint64_t>> rows;
  double highest = 0;
  std::vector<Peak> peaks;
  for (size_t i = 0; i < series.size(); ++i) {
    Peak peak{series[i].role, 0, 0, series[i].latency->Percentile(50)};
    figure.columns.push_back(series[i].label);
    figure.script += fmt::format("$d{} << EOD\n", i);
    const double total = static_cast<double>(series[i].latency->count());
    int next = INT32_MIN;
    for (auto [bar, count] : Bars(*series[i].latency)) {
      auto& row = rows[bar];
      row.resize(series.size());
      row[i] = count;
      const std::string begin = PlotNumber(BarBegin(bar));
      const std::string end = PlotNumber(BarBegin(bar + 1));
      const double percent = 100 * static_cast<double>(count) / total;
      if (percent > peak.percent) {
        peak.percent = percent;
        peak.at = BarBegin(bar) * std::exp2(0.5 / kBarsPerOctave);
      }
      const std::string share = PlotNumber(percent);
      // Down to the axis wherever bars are missing in between.
      if (next != INT32_MIN && next != bar)
        figure.script += PlotNumber(BarBegin(next)) + " 0\n";
      if (next != bar) figure.script += begin + " 0\n";
      figure.script += begin + " " + share + "\n" + end + " " + share + "\n";
      next = bar + 1;
    }
    figure.script += PlotNumber(BarBegin(next)) + " 0\nEOD\n";
    highest = std::max(highest, peak.percent);
    peaks.push_back(peak);
  }
  figure.script += LinearAxis("y", highest) + PeakLabels(peaks, format);
  figure.script += PlotEach(
      series,
      {"filledcurves y1=0 fs transparent solid 0.2 noborder", "lines lw 1.4"});
  for (const auto& [bar, counts] : rows) {
    std::vector<std::string> row = {format.Short(BarBegin(bar)),
                                    format.Short(BarBegin(bar + 1))};
    for (size_t i = 0; i < series.size(); ++i)
      row.push_back(i < counts.size() ? Grouped(counts[i]) : "0");
    figure.numbers.push_back(row);
  }
  return figure;
}

// Where a percentile stands on the axis: one unit for every nine.
double NinesOf(double share) { return -std::log10(1 - share); }

}  // namespace

Figure PercentilesFigure(const std::string& id, const std::string& title,
                         const std::vector<LatencySeries>& series,
                         const LatencyFormat& format) {
  Figure figure;
  figure.id = id;
  figure.title = title;
  figure.caption = "Latency" + format.in_unit() +
                   ", logarithmic, below which the given share of a series' "
                   "I/Os lies.";
  figure.legend = LegendOf(series);
  figure.x_title = "share of I/Os at or below";
  figure.y_title = "latency" + format.in_unit();
  double last = 1;
  for (const LatencySeries& s : series)
    last = std::max(last, std::log10(static_cast<double>(s.latency->count())));
  figure.script =
      RangeAxis("y", series, format) + "set xrange [0:" + PlotNumber(last) +
      "]\nset xtics ('50%%' 0.30103, '90%%' 1, '99%%' 2, '99.9%%' 3, "
      "'99.99%%' 4, '99.999%%' 5, '6 nines' 6, '7 nines' 7, '8 nines' 8)\n";
  for (size_t i = 0; i < series.size(); ++i) {
    const LatencyHistogram& h = *series[i].latency;
    figure.script += fmt::format("$d{} << EOD\n", i);
    uint64_t seen = 0;
    double at = 0;
    for (auto [latency, count] : h.Steps()) {
      const std::string value =
          PlotNumber(std::max(static_cast<double>(latency), 1.0));
      figure.script += PlotNumber(at) + " " + value + "\n";
      seen += count;
      // The last I/O stands where one in `count` is: 100 % has no place.
      at = seen < h.count()
               ? NinesOf(static_cast<double>(seen) /
                         static_cast<double>(h.count()))
               : std::max(at, std::log10(static_cast<double>(h.count())));
      figure.script += PlotNumber(at) + " " + value + "\n";
    }
    figure.script += "EOD\n";
  }
  figure.script += PlotEach(series, {"lines lw 1.6"});

  figure.columns = {"percentile"};
  for (const LatencySeries& s : series) figure.columns.push_back(s.label);
  for (const char* percent : {"1", "10", "25", "50", "75", "90", "95", "99",
                              "99.9", "99.99", "99.999", "100"}) {
    std::vector<std::string> row = {percent};
    for (const LatencySeries& s : series)
      row.push_back(format.Percentile(*s.latency, std::atof(percent)));
    figure.numbers.push_back(row);
  }
  return figure;
}

namespace {

void AddBoth(const std::string& id, const std::string& what,
             const std::vector<const JobRecord*>& jobs,
             const LatencyFormat& format, std::vector<Figure>* figures) {
  const std::vector<LatencySeries> series = SeriesOf(jobs);
  if (series.empty()) return;
  figures->push_back(Distribution("distribution-" + id, what + ": distribution",
                                  series, format));
  figures->push_back(PercentilesFigure("percentiles-" + id,
                                       what + ": percentiles", series, format));
}

}  // namespace

std::vector<Figure> LatencyFigures(const RunRecord& record,
                                   const LatencyFormat& format) {
  std::vector<Figure> figures;
  for (Direction direction : kDirections) {
    const std::string id = std::to_string(static_cast<int>(direction));
    const std::vector<const JobRecord*> jobs = JobsOf(record, direction);
    if (SeriesOf(jobs).size() <= kSeriesRoles) {
      AddBoth(id, Heading(direction), jobs, format, &figures);
      continue;
    }
    // More than there are colours: what can be compared stays together.
    std::map<uint64_t, std::vector<const JobRecord*>> by_size;
    for (const JobRecord* job : jobs)
      by_size[static_cast<uint64_t>(std::llround(BytesPerIo(*job)))].push_back(
          job);
    for (const auto& [size, some] : by_size)
      AddBoth(
          fmt::format("{}-{}", id, size),
          Heading(direction) + (" of " + BytesText(static_cast<double>(size))),
          some, format, &figures);
  }
  return figures;
}

}  // namespace daxmend
