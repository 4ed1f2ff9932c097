// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "results/bench/bench_samples.h"
#include "results/bench/paired_statistics.h"

namespace daxmend {
namespace {

constexpr double kWrongVerdicts = 0.01;  // of all numbers together
constexpr double kDefaultThreshold = 0.05;

bool IsFailureCount(const std::string& metric) {
  return metric == "failed_ios" || metric == "lost_sectors";
}

bool IsGatedByDefault(const std::string& metric) {
  return metric == "p50" || metric == "throughput" || IsFailureCount(metric);
}

std::vector<double> Present(const std::vector<std::optional<double>>& values) {
  std::vector<double> present;
  for (const std::optional<double>& value : values)
    if (value) present.push_back(*value);
  return present;
}

// What can be estimated: both sides whole and positive.
bool CanBeEstimated(const BenchSeries& series) {
  for (const auto* side : {&series.a, &series.b})
    for (const std::optional<double>& value : *side)
      if (!value || !(*value > 0)) return false;
  return !series.a.empty();
}

void JudgeCount(const BenchSeries& series, bool gated, GateRow* row) {
  double a = 0, b = 0;
  for (double value : Present(series.a)) a += value;
  for (double value : Present(series.b)) b += value;
  row->base = a;
  row->next = b;
  row->evidence = FailureCounts{a, b};
  row->verdict = !gated  ? Verdict::kIgnored
                 : b > a ? Verdict::kWorse
                 : b < a ? Verdict::kBetter
                         : Verdict::kSame;
}

}  // namespace

Verdict JudgeEstimate(const PairedEstimate& estimate, Sense sense,
                      double threshold) {
  if (!estimate.bounded()) return Verdict::kInconclusive;
  // Turned so that more is worse.
  double low = std::log(estimate.low), high = std::log(estimate.high);
  double middle = std::log(estimate.ratio);
  if (sense == Sense::kHigher) {
    std::swap(low, high);
    low = -low;
    high = -high;
    middle = -middle;
  }
  const double t = std::log1p(threshold);
  if (low > t) return Verdict::kWorse;
  if (high < -t) return Verdict::kBetter;
  if (low >= -t && high <= t) return Verdict::kSame;
  if (std::max(high - middle, middle - low) > t) return Verdict::kInconclusive;
  if (low > 0 && middle > t) return Verdict::kWorse;
  if (high < 0 && middle < -t) return Verdict::kBetter;
  return Verdict::kInconclusive;
}

GateResult JudgeSamples(const BenchSamples& samples, const Policy& policy,
                        const std::string& policy_name) {
  GateResult result;
  result.base = "A: " + samples.a;
  result.next = "B: " + samples.b;
  result.clock = Clock::kWall;
  std::vector<MetricKey> keys;
  size_t gated_numbers = 0;
  auto gated = [&](const BenchSeries& series) {
    const auto rule = policy.For(series.key);
    return rule ? !rule->ignore : IsGatedByDefault(series.key.metric);
  };
  for (const BenchSeries& series : samples.series) {
    keys.push_back(series.key);
    gated_numbers += gated(series) && CanBeEstimated(series);
  }
  policy.RequireUse(keys, policy_name);
  if (samples.series.empty()) {
    result.refusal = "there are no samples: did the job do any I/O?";
    return result;
  }
  result.refusal = ClockRefusal(samples.clock_check, "the samples");
  if (!result.refusal.empty()) return result;
  const double confidence =
      1 -
      kWrongVerdicts / static_cast<double>(std::max<size_t>(1, gated_numbers));
  for (const BenchSeries& series : samples.series) {
    GateRow row{series.key, Verdict::kIgnored,       series.unit, {},
                {},         NoComparison::kNoSample, {}};
    const std::vector<double> a = Present(series.a), b = Present(series.b);
    if (!a.empty()) row.base = Median(a);
    if (!b.empty()) row.next = Median(b);
    const auto rule = policy.For(series.key);
    if (rule && rule->absolute > 0)
      throw Error(
          {.thing = fmt::format("{}: a tolerance in {} for {}", policy_name,
                                series.unit, series.key.Text()),
           .cause = "has no meaning under the wall clock",
           .way_out = "use tolerance_percent"});
    const double threshold =
        rule && rule->percent > 0 ? rule->percent / 100 : kDefaultThreshold;
    if (a.empty() || b.empty()) {
      const bool nowhere = a.empty() && b.empty();
      row.verdict = !gated(series) && (rule || nowhere) ? Verdict::kIgnored
                    : nowhere                           ? Verdict::kInconclusive
                    : b.empty()                         ? Verdict::kVanished
                                                        : Verdict::kAppeared;
      row.evidence = nowhere     ? NoComparison::kNoSample
                     : b.empty() ? NoComparison::kNotInNext
                                 : NoComparison::kNotInBase;
    } else if (IsFailureCount(series.key.metric)) {
      JudgeCount(series, gated(series), &row);
    } else if (!CanBeEstimated(series)) {
      row.verdict = gated(series) ? Verdict::kInconclusive : Verdict::kIgnored;
      row.evidence = NoComparison::kMissingOrZero;
    } else {
      const PairedEstimate e = EstimateRatio(a, b, confidence);
      row.evidence =
          PairedComparison{e, confidence, gated(series) ? threshold : 0};
      if (gated(series))
        row.verdict = JudgeEstimate(e, series.sense, threshold);
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace daxmend
