// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_metrics.h"

#include <cmath>
#include <cstdio>

#include "results/number_text.h"
#include "results/profile/profile_text.h"

namespace daxmend {
namespace {

void AddPath(const JobRecord& job, Path path, const std::string& unit,
             std::vector<Measure>& out) {
  const LatencyHistogram& h = job.path(path);
  if (h.count() == 0) return;
  const std::string name(kPathNames[static_cast<size_t>(path)]);
  auto add = [&](const char* metric, uint64_t amount, uint64_t per) {
    out.push_back({{job.name, name, metric}, Sense::kLower, unit, amount, per});
  };
  add("mean", h.sum(), h.count());
  add("min", h.min(), 1);
  // `per`: one of so many samples lies beyond it.
  for (auto [metric, percent, per] : {std::tuple{"p50", 50.0, 2u},
                                      {"p99", 99.0, 100u},
                                      {"p999", 99.9, 1000u}}) {
    if (!h.Supports(percent)) continue;
    add(metric, h.Percentile(percent), 1);
    if (h.count() / per < kBeyondPercentile)
      out.back().support = per == 2 ? Support::kBucket : Support::kNone;
  }
  add("max", h.max(), 1);
  out.back().support = Support::kNone;
  out.push_back(
      {{job.name, name, "count"}, Sense::kNeither, "I/Os", h.count()});
}

void AddJob(const JobRecord& job, bool instructions,
            std::vector<Measure>& out) {
  const Counters& c = job.counters;
  if (job.timeline.end_ns() > 0)
    out.push_back({{job.name, "job", "throughput"},
                   Sense::kHigher,
                   instructions ? "MiB per 10^9 instructions" : "MiB/s",
                   c.bytes,
                   job.timeline.end_ns(),
                   1e9 / (1024 * 1024)});
  if (job.timeline.end_ns() > 0 && c.ios > 0)
    out.push_back({{job.name, "job", "per_io"},
                   Sense::kLower,
                   instructions ? "instructions" : "ns",
                   job.timeline.end_ns(),
                   c.ios});
  for (const CounterKind& kind : kCounters)
    if (kind.IsShownFor(c))
      out.push_back({{job.name, "job", kind.key},
                     kind.better,
                     kind.unit,
                     c.*kind.member});
}

void AddWork(const ProfilePath& counted, Path path, const std::string& job,
             std::vector<Measure>& out) {
  out.push_back(
      {{job, std::string(kPathNames[static_cast<size_t>(path)]), "work"},
       Sense::kLower,
       "instructions",
       MedianSteady(counted)});
  out.back().of_all = counted.work - counted.upkeep;
}

// Whether it is a time in which interrupts were.
bool HoldsInterrupts(const MetricKey& key) {
  if (key.path == "job")
    return key.metric == "throughput" || key.metric == "per_io";
  return key.metric != "work" && key.metric != "count";
}

}  // namespace

bool Measure::SameAs(const Measure& other) const {
  __extension__ using Wide = unsigned __int128;
  if (of_all != 0 && of_all == other.of_all) return true;
  return Wide{amount} * other.per == Wide{other.amount} * per;
}

std::vector<Measure> MeasuresOf(const RunRecord& record,
                                const ProfileRecord* profile) {
  const bool instructions = record.environment.clock == Clock::kVirtual;
  std::vector<Measure> out;
  for (const JobRecord& job : record.jobs) {
    const size_t first = out.size();
    const ProfileJob* counted = profile ? profile->Find(job.name) : nullptr;
    for (size_t i = 0; i < kPaths; ++i) {
      const auto path = static_cast<Path>(i);
      AddPath(job, path, instructions ? "instructions" : "ns", out);
      if (counted && counted->path(path).ios > 0)
        AddWork(counted->path(path), path, job.name, out);
    }
    AddJob(job, instructions, out);
    if (counted)
      for (size_t i = first; i < out.size(); ++i)
        if (HoldsInterrupts(out[i].key)) out[i].support = Support::kNone;
    const bool clean =
        job.counters.recovered_ios == 0 && job.counters.failed_ios == 0;
    for (size_t i = first; i < out.size(); ++i) out[i].key.clean = clean;
  }
  const PoisonRecord& p = record.poison;
  out.push_back({{kRunJob, "poison", "planted_sectors"},
                 Sense::kNeither,
                 "sectors",
                 p.planted_sectors});
  out.push_back({{kRunJob, "poison", "planted_pages"},
                 Sense::kNeither,
                 "pages",
                 p.planted_pages});
  out.push_back({{kRunJob, "poison", "remaining_sectors"},
                 Sense::kLower,
                 "sectors",
                 p.remaining_sectors});
  return out;
}

std::string ValueText(double value) {
  if (value < 0) return "-" + ValueText(-value);
  // Past 2^53 a double has no fraction.
  if (value >= 9e15) return Significant(value, 15);
  const auto thousandths = static_cast<uint64_t>(std::llround(value * 1000));
  std::string text = Grouped(thousandths / 1000);
  if (thousandths % 1000) {
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03u",
                  static_cast<unsigned>(thousandths % 1000));
    text += fraction;
  }
  return text;
}

}  // namespace daxmend
