// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_result.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "results/fingerprint.h"

namespace daxmend {

size_t GateResult::Count(Verdict verdict) const {
  return static_cast<size_t>(std::count_if(
      rows.begin(), rows.end(),
      [verdict](const GateRow& row) { return row.verdict == verdict; }));
}

int GateResult::Status() const {
  if (!refusal.empty()) return 2;
  if (std::any_of(rows.begin(), rows.end(),
                  [](const GateRow& row) { return Fails(row.verdict); }))
    return 1;
  return Count(Verdict::kInconclusive) ? 2 : 0;
}

namespace {

// Those that explain a change of the median best come first. Functions are
// known as means of all I/Os, into which a checksum or the scheduler bring more
// than a change of three instructions: a function that changed by more than
// there is to explain is behind those that changed by as much.
std::vector<FunctionChange> FunctionsOf(const MetricKey& key,
                                        const std::vector<PathChange>& paths) {
  for (const PathChange& path : paths) {
    if (path.job != key.job ||
        kPathNames[static_cast<size_t>(path.path)] != key.path)
      continue;
    const double change =
        static_cast<double>(path.b) - static_cast<double>(path.a);
    std::vector<FunctionChange> functions = path.functions;
    std::stable_sort(
        functions.begin(), functions.end(),
        [change](const FunctionChange& x, const FunctionChange& y) {
          return std::abs(x.change() - change) < std::abs(y.change() - change);
        });
    return functions;
  }
  return {};
}

}  // namespace

GateResult JudgeRuns(const RunRecord& base, const std::string& base_name,
                     const RunRecord& next, const std::string& next_name,
                     const Policy& policy, const std::string& policy_name,
                     ProfilePair profiles) {
  GateResult result;
  result.base = base_name;
  result.next = next_name;
  result.clock = base.environment.clock;
  for (const auto& [run, name] :
       {std::pair{&base, &base_name}, std::pair{&next, &next_name}}) {
    result.refusal = ClockRefusal(run->environment, *name);
    if (!result.refusal.empty()) return result;
  }
  const auto differences = CompareFingerprints(base, next);
  if (!differences.empty()) {
    result.refusal = RefusalText(differences);
    return result;
  }
  if (result.clock != Clock::kVirtual) {
    result.refusal =
        "single runs of the wall clock cannot be compared, their noise is not "
        "known: take paired samples with 'daxmend bench', or run with "
        "'daxmend vm --clock virtual'";
    return result;
  }
  if (base.jobs.empty()) {
    result.refusal = "neither run has a job: were they interrupted? Run again";
    return result;
  }
  std::vector<MetricKey> keys;
  std::vector<PathChange> paths;
  if (profiles.both()) paths = Changes(*profiles.base, *profiles.next);
  for (const Change& change : Compare(base, next, policy, profiles)) {
    GateRow row{change.key, change.verdict, change.unit(), {}, {}, change, {}};
    if (change.key.metric == "work" && change.verdict != Verdict::kSame)
      row.functions = FunctionsOf(change.key, paths);
    if (change.base) row.base = change.base->value();
    if (change.next) row.next = change.next->value();
    result.rows.push_back(std::move(row));
    keys.push_back(change.key);
    // Percentiles that a run has too few I/Os for are no typing error in a
    // policy.
    if (change.key.metric == "p50")
      for (const char* metric : {"p99", "p999"}) {
        keys.push_back(change.key);
        keys.back().metric = metric;
      }
  }
  policy.RequireUse(keys, policy_name);
  return result;
}

}  // namespace daxmend
