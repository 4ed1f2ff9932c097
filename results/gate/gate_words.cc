// SPDX-License-Identifier: GPL-2.0-only

#include <algorithm>
#include <cmath>
#include <utility>

#include "results/gate/gate_formats.h"
#include "results/number_text.h"

namespace daxmend {
namespace {

// Named behind a change of the work.
constexpr size_t kMostFunctions = 3;

// "+1", "-0.5"
std::string Signed(double value) {
  return (value < 0 ? "" : "+") + ValueText(value);
}

// "+5.00 %"
std::string PercentText(double percent) {
  return std::string(percent < 0 ? "-" : "+") +
         Significant(std::abs(percent), 3) + " %";
}
std::string RatioAsPercent(double ratio) {
  return PercentText((ratio - 1) * 100);
}

std::string Text(const Change& change) {
  const std::string& unit = change.unit();
  if (!change.next)
    return "was " + ValueText(change.base->value()) + " " + unit;
  if (!change.base) return "is " + ValueText(change.next->value()) + " " + unit;
  const double base = change.base->value(), next = change.next->value();
  std::string was = ValueText(base), is = ValueText(next);
  // As many digits as it takes to see a difference.
  for (int digits = 7; was == is && digits <= 17 && change.difference() != 0;
       ++digits) {
    was = Significant(base, digits);
    is = Significant(next, digits);
  }
  std::string text = was + " -> " + is + " " + unit;
  if (change.base->SameAs(*change.next)) return text;
  text += " (" + Signed(change.difference());
  if (const double percent = change.percent(); std::isfinite(percent))
    text += ", " + PercentText(percent);
  text += ")";
  if (change.support() == Support::kNone)
    text +=
        change.key.metric == "max" ? ", one sample" : ", of too few samples";
  return text;
}

std::string Text(const PairedComparison& pairs) {
  const PairedEstimate& e = pairs.estimate;
  if (const size_t fewest = FewestPairs(pairs.confidence); e.pairs < fewest)
    return "only " + Counted(e.pairs, "pair") + ", at least " +
           Grouped(fewest) + " are needed";
  if (!e.bounded()) return "is too far apart to be compared";
  std::string text = RatioAsPercent(e.ratio) + " (" + RatioAsPercent(e.low) +
                     " to " + RatioAsPercent(e.high) + ", p " +
                     Significant(e.p, 2) + ", " + Counted(e.pairs, "pair") +
                     "), could have seen a change of " +
                     Significant((e.Detectable() - 1) * 100, 2) + " %";
  const double excess = std::log(e.Detectable()) / std::log1p(pairs.threshold);
  if (pairs.threshold > 0 && excess > 1)
    text += "; about " +
            Counted(static_cast<uint64_t>(std::ceil(
                        static_cast<double>(e.pairs) * excess * excess)),
                    "pair") +
            " would do for " + Significant(pairs.threshold * 100, 3) + " %";
  return text;
}

std::string Text(NoComparison why) {
  switch (why) {
    case NoComparison::kNoSample:
      return "has no sample";
    case NoComparison::kNotInBase:
      return "in no run of A";
    case NoComparison::kNotInNext:
      return "in no run of B";
    case NoComparison::kMissingOrZero:
      return "is missing or 0 in some runs";
  }
  return "";
}

}  // namespace

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kWithin:
      return "within tolerance";
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kChanged:
      return "changed";
    case Verdict::kVanished:
      return "vanished";
    case Verdict::kAppeared:
      return "appeared";
    case Verdict::kIgnored:
      return "not judged";
    case Verdict::kInconclusive:
      return "inconclusive";
  }
  return "";
}

std::string EvidenceText(const GateRow& row) {
  struct InWords {
    const GateRow& row;
    std::string operator()(const Change& change) { return Text(change); }
    std::string operator()(const FailureCounts& counts) {
      return ValueText(counts.base) + " -> " + ValueText(counts.next) + " " +
             row.unit + " in all runs";
    }
    std::string operator()(const PairedComparison& pairs) {
      return Text(pairs);
    }
    std::string operator()(NoComparison why) { return Text(why); }
  };
  std::string text = std::visit(InWords{row}, row.evidence);
  const char* separator = ": ";
  for (size_t i = 0; i < row.functions.size() && i < kMostFunctions; ++i) {
    const FunctionChange& function = row.functions[i];
    text +=
        separator + function.function.name + " " + Signed(function.change());
    separator = ", ";
  }
  if (row.functions.size() > kMostFunctions)
    text += " and " +
            Counted(row.functions.size() - kMostFunctions, "other function");
  return text;
}

std::string SummaryText(const GateResult& result) {
  if (!result.refusal.empty()) return "CANNOT COMPARE: " + result.refusal;
  const char* answers[] = {"YES", "NO", "INCONCLUSIVE"};
  std::string text = std::string(answers[result.Status()]) + ": of " +
                     Counted(result.rows.size(), "number");
  const char* separator = " ";
  for (Verdict verdict :
       {Verdict::kWorse, Verdict::kChanged, Verdict::kVanished,
        Verdict::kAppeared, Verdict::kInconclusive, Verdict::kBetter,
        Verdict::kWithin, Verdict::kSame, Verdict::kIgnored}) {
    if (result.Count(verdict) == 0) continue;
    text +=
        separator + Grouped(result.Count(verdict)) + " " + VerdictName(verdict);
    separator = ", ";
  }
  return text;
}

}  // namespace daxmend
