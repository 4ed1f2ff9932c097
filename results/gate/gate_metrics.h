// SPDX-License-Identifier: GPL-2.0-only
//
// Everything of a run that a gate can compare, one number each:
//
//   job        path                  metric
//   NAME       fast ... recovery     mean min p50 p99 p999 max (per I/O),
//   count,
//                                    and with a profile work
//   NAME       job                   throughput per_io, and every counter
//                                    (records/counters.h)
//   (run)      poison                planted_sectors planted_pages
//                                    remaining_sectors
//
// A path is what the engine times. per_io is all the time from the job's first
// I/O to the end of its last, fio's own included, by the number of I/Os: it
// also sees what the engine does outside of what it times.
//
// work is what the I/O in the middle takes without interrupts, other threads
// and the kernel's upkeep (records/profile_record.h), by the profile: exact,
// however few I/Os there are, and however memory is laid out; the same where
// all I/Os together took the same, however it was divided among them. Where it
// is there, the times that interrupts are in (all others of a path but count,
// per_io and throughput) are shown and not judged.
//
// max and percentiles of too few samples are shown and not judged (Support).
//
// Values; thread-safe.

#ifndef DAXMEND_RESULTS_GATE_GATE_METRICS_H_
#define DAXMEND_RESULTS_GATE_GATE_METRICS_H_

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "records/profile_record.h"
#include "records/run_record.h"

namespace daxmend {

inline constexpr char kRunJob[] = "(run)";

// How many samples have to lie beyond a percentile for it to be judged: p99
// takes 1,000 samples, p99.9 10,000, p50 20.
inline constexpr uint64_t kBeyondPercentile = 10;

// What the samples behind a number support. One interrupt that falls into
// another I/O must not decide a verdict: the p99 of 64 samples is the largest
// of them.
enum class Support {
  kFull,    // judged by the policy, or exactly
  kBucket,  // p50 of fewer than 20: up to the next bucket is within tolerance
  kNone     // max, p99 and p99.9 of too few, or where work is judged instead:
            // shown, never judged
};

struct MetricKey {
  std::string job, path, metric;
  // Of a job that met no poison: nothing of what the kernel does about poison
  // fell into its time. Not a part of the name.
  bool clean = false;

  auto Name() const { return std::tie(job, path, metric); }
  auto operator<=>(const MetricKey& other) const {
    return Name() <=> other.Name();
  }
  bool operator==(const MetricKey& other) const {
    return Name() == other.Name();
  }
  // "fast-read fast mean"
  std::string Text() const { return job + " " + path + " " + metric; }
};

struct Measure {
  MetricKey key;
  Sense sense = Sense::kLower;
  std::string unit;  // "instructions", "ns", "I/Os", "sectors" ...
  // The value is amount / per: means and rates stay exact.
  uint64_t amount = 0;
  uint64_t per = 1;
  double scale = 1;  // of `amount / per`, to have `unit`
  Support support = Support::kFull;
  // Of work: of all I/Os together. 0 for others.
  uint64_t of_all = 0;

  double value() const {
    return static_cast<double>(amount) / static_cast<double>(per) * scale;
  }
  // Exactly, by cross-multiplication. Work that all I/Os together share is the
  // same, too: few of them have an I/O in the middle that some event of eight
  // instructions falls into in one run and not in another.
  bool SameAs(const Measure& other) const;
};

// In the order of jobs and of the table above. A path that was not taken has no
// measures. `profile`: of this run, or null.
std::vector<Measure> MeasuresOf(const RunRecord& record,
                                const ProfileRecord* profile = nullptr);

// "2,473.608", "64"
std::string ValueText(double value);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_GATE_GATE_METRICS_H_
