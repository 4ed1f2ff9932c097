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

std::vector<Change> Compare(const RunRecord& base, const RunRecord& next,
                            const Policy& policy, ProfilePair profiles) {
  if (!profiles.both()) profiles = {};
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
      add(change, Verdict::kVanished);
    }
  }
  for (const Measure& measure : MeasuresOf(next, profiles.next))
    if (left.count(measure.key))
      add({measure.key, std::nullopt, measure, {}, Verdict::kSame},
          Verdict::kAppeared);
  return changes;
}

}  // namespace daxmend
