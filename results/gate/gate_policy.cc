// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_policy.h"

#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>

#include "core/error.h"
#include "records/json_reader.h"

namespace daxmend {
namespace {

constexpr uint64_t kPolicySchema = 1;

bool Like(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

double NotNegative(const JsonReader& reader) {
  const double number = reader.Number();
  if (number < 0) reader.Fail("is negative");
  return number;
}

PolicyRule ReadRule(const JsonReader& reader) {
  PolicyRule rule;
  bool says = false;
  for (const auto& [key, value] : reader.Members()) {
    if (key == "job") {
      rule.job = value.String();
    } else if (key == "path") {
      rule.path = value.String();
    } else if (key == "metric") {
      rule.metric = value.String();
    } else if (key == "tolerance") {
      rule.tolerance.absolute = NotNegative(value);
      says = true;
    } else if (key == "tolerance_percent") {
      rule.tolerance.percent = NotNegative(value);
      says = true;
    } else if (key == "event") {
      rule.tolerance.event = NotNegative(value);
      says = true;
    } else if (key == "ignore") {
      rule.tolerance.ignore = value.Bool();
      says = true;
    } else if (key == "clean") {
      rule.clean = value.Bool();
    } else {
      value.Fail(
          "is not a key of a rule (job, path, metric, clean, tolerance, "
          "tolerance_percent, event, ignore)");
    }
  }
  if (!says)
    reader.Fail(
        "says nothing: add tolerance, tolerance_percent, event or ignore");
  return rule;
}

}  // namespace

bool PolicyRule::Fits(const MetricKey& key) const {
  if (clean && !key.clean) return false;
  return Like(job, key.job) && Like(path, key.path) && Like(metric, key.metric);
}

std::optional<Tolerance> Policy::For(const MetricKey& key) const {
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule)
    if (rule->Fits(key)) return rule->tolerance;
  return std::nullopt;
}

void Policy::RequireUse(const std::vector<MetricKey>& keys,
                        const std::string& source) const {
  for (size_t i = 0; i < rules.size(); ++i) {
    const PolicyRule& rule = rules[i];
    if (std::any_of(keys.begin(), keys.end(),
                    [&](const MetricKey& key) { return rule.Fits(key); }))
      continue;
    throw Error(
        {.thing = fmt::format("{}: rules[{}] (job {}, path {}, metric {}{})",
                              source, i, rule.job, rule.path, rule.metric,
                              rule.clean ? ", clean" : ""),
         .cause = "matches nothing in these runs",
         .way_out = "correct or remove it ('daxmend gate --json' lists "
                    "the metrics)"});
  }
}

Policy PolicyFromJson(std::string_view text, const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  if (root.At("schema").Unsigned() != kPolicySchema)
    root.At("schema").Fail(
        fmt::format("is not {}, the one this daxmend reads", kPolicySchema));
  Policy policy;
  for (const auto& [key, value] : root.Members()) {
    if (key == "schema") continue;
    if (key != "rules") value.Fail("is not a key of a policy (schema, rules)");
    for (const JsonReader& rule : value.Elements())
      policy.rules.push_back(ReadRule(rule));
  }
  return policy;
}

}  // namespace daxmend
