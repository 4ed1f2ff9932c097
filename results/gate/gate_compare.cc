// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/latency_histogram.h"

namespace daxmend {
namespace {

// The same bucket counts too. Of percentiles, which have no `per`.
bool InNeighbouringBuckets(const Measure& base, const Measure& next) {
  const size_t a = LatencyHistogram::BucketOf(base.amount);
  const size_t b = LatencyHistogram::BucketOf(next.amount);
  return std::max(a, b) - std::min(a, b) <= 1;
}

// How far one event of `amount` in all of a job moves a number that is a mean,
// or a rate over the time of all I/Os.
double MovedBy(double amount, const Measure& base) {
  if (base.per <= 1) return 0;
  const double share = amount / static_cast<double>(base.per);
  return base.sense == Sense::kHigher ? std::abs(base.value()) * share : share;
}

Verdict Judge(const Measure& base, const Measure& next,
              const Tolerance& tolerance) {
  if (base.SameAs(next)) return Verdict::kSame;
  const Support support = std::max(base.support, next.support);
  if (support == Support::kNone) return Verdict::kIgnored;
  if (support == Support::kBucket && InNeighbouringBuckets(base, next))
    return Verdict::kWithin;
  const double change = std::abs(next.value() - base.value());
  if (change <= tolerance.absolute ||
      change <= std::abs(base.value()) * tolerance.percent / 100 ||
      change <= MovedBy(tolerance.event, base))
    return Verdict::kWithin;
  if (base.sense == Sense::kNeither) return Verdict::kChanged;
  const bool lower = next.value() < base.value();
  return lower == (base.sense == Sense::kLower) ? Verdict::kBetter
                                                : Verdict::kWorse;
}

// Of a percentile that one run has one latency too few for.
Verdict MissingVerdict(const Measure& measure, Verdict verdict) {
  const bool percentile =
      measure.key.metric == "p99" || measure.key.metric == "p999";
  return percentile && measure.support == Support::kNone ? Verdict::kIgnored
                                                         : verdict;
}

// Latencies that were kept as they are in one run only (the other has more, or
// is of schema 3) are compared by their buckets: the middle of one is no change
// from what lies in it.
void BothByBuckets(RunRecord* base, RunRecord* next) {
  for (JobRecord& job : base->jobs)
    for (JobRecord& other : next->jobs) {
      if (other.name != job.name) continue;
      for (size_t i = 0; i < kPaths; ++i) {
        if (job.paths[i].exact() == other.paths[i].exact()) continue;
        job.paths[i].DropExact();
        other.paths[i].DropExact();
      }
    }
}

}  // namespace

bool Fails(Verdict verdict) {
  return verdict == Verdict::kWorse || verdict == Verdict::kChanged ||
         verdict == Verdict::kVanished || verdict == Verdict::kAppeared;
}

double Change::difference() const {
  return base && next ? next->value() - base->value() : 0;
}

double Change::percent() const {
  if (difference() == 0) return 0;
  if (base->value() == 0) return std::numeric_limits<double>::infinity();
  return difference() / base->value() * 100;
}

Support Change::support() const {
  if (!base || !next) return base ? base->support : next->support;
  return std::max(base->support, next->support);
}

std::vector<Change> Compare(const RunRecord& exact_base,
                            const RunRecord& exact_next, const Policy& policy,
                            ProfilePair profiles) {
  if (!profiles.both()) profiles = {};
  RunRecord base = exact_base, next = exact_next;
  BothByBuckets(&base, &next);
  std::map<MetricKey, Measure> left;
  for (const Measure& measure : MeasuresOf(next, profiles.next))
    left.emplace(measure.key, measure);
  std::vector<Change> changes;
  auto add = [&](Change change, Verdict verdict) {
    change.tolerance = policy.For(change.key).value_or(Tolerance{});
    change.verdict = change.tolerance.ignore ? Verdict::kIgnored : verdict;
    changes.push_back(std::move(change));
  };
  for (const Measure& measure : MeasuresOf(base, profiles.base)) {
    Change change{measure.key, measure, std::nullopt, {}, Verdict::kSame};
    if (auto at = left.find(measure.key); at != left.end()) {
      change.next = at->second;
      left.erase(at);
      add(change, Judge(measure, *change.next,
                        policy.For(measure.key).value_or(Tolerance{})));
    } else {
      add(change, MissingVerdict(measure, Verdict::kVanished));
    }
  }
  for (const Measure& measure : MeasuresOf(next, profiles.next))
    if (left.count(measure.key))
      add({measure.key, std::nullopt, measure, {}, Verdict::kSame},
          MissingVerdict(measure, Verdict::kAppeared));
  return changes;
}

}  // namespace daxmend
