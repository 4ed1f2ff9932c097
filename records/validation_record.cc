// SPDX-License-Identifier: GPL-2.0-only

#include "records/validation_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace daxmend {
namespace {

using nlohmann::ordered_json;

ordered_json DescriptionJson(const CheckDescription& check) {
  ordered_json out = {{"id", check.id},
                      {"title", check.title},
                      {"section", check.section},
                      {"area", check.area},
                      {"destructive", check.destructive}};
  if (!check.asked.empty()) out["asked"] = check.asked;
  return out;
}

ordered_json ResultJson(const CheckResult& result) {
  ordered_json out = DescriptionJson(result.check);
  out["verdict"] = CheckVerdictName(result.verdict);
  out["reason"] = result.reason;
  out["evidence"] = ordered_json::array();
  for (const Exchange& exchange : result.evidence)
    out["evidence"].push_back({{"asked", exchange.asked},
                               {"sent", exchange.sent},
                               {"answered", exchange.answered},
                               {"received", exchange.received}});
  out["evidence_left_out"] = result.evidence_left_out;
  return out;
}

ordered_json LatencyJson(const FunctionLatency& function) {
  ordered_json bins = ordered_json::array();
  for (const auto& [value, count] : function.latency.Bins())
    bins.push_back({value, count});
  return {{"function", function.function},
          {"count", function.latency.count()},
          {"min_ns", function.latency.min()},
          {"p50_ns", function.latency.Percentile(50)},
          {"p99_ns", function.latency.Supports(99)
                         ? ordered_json(function.latency.Percentile(99))
                         : ordered_json()},
          {"max_ns", function.latency.max()},
          {"bins", std::move(bins)}};
}

std::string Text(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace

std::string_view CheckVerdictName(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return "PASS";
    case CheckVerdict::kFail:
      return "FAIL";
    case CheckVerdict::kWarn:
      return "WARN";
    case CheckVerdict::kSkip:
      return "SKIP";
  }
  return "";
}

size_t ValidationRecord::Count(CheckVerdict verdict) const {
  return static_cast<size_t>(std::count_if(
      checks.begin(), checks.end(),
      [&](const CheckResult& check) { return check.verdict == verdict; }));
}

std::string ToJson(const ValidationRecord& record) {
  const Environment& where = record.environment;
  ordered_json out = {{"schema", kValidationRecordSchema},
                      {"environment",
                       {{"kernel", where.kernel},
                        {"machine", where.machine},
                        {"clock", NameOf(where.clock)},
                        {"cpu", where.cpu},
                        {"qemu", where.qemu},
                        {"daxmend", where.daxmend}}}};
  if (const ValidatedMemdev& memdev = record.memdev; !memdev.name.empty()) {
    out["memdev"] = memdev.name;
    out["serial"] = memdev.serial;
    out["firmware"] = memdev.firmware;
    out["asked"] = memdev.asked;
    out["written"] = memdev.written;
  } else {
    out["bus"] = record.bus;
    out["provider"] = record.provider;
    out["namespace"] = record.namespace_name;
  }
  out["left_behind"] = record.left_behind;
  out["pass"] = record.Count(CheckVerdict::kPass);
  out["fail"] = record.Count(CheckVerdict::kFail);
  out["warn"] = record.Count(CheckVerdict::kWarn);
  out["skip"] = record.Count(CheckVerdict::kSkip);
  out["checks"] = ordered_json::array();
  out["latencies"] = ordered_json::array();
  for (const CheckResult& check : record.checks)
    out["checks"].push_back(ResultJson(check));
  for (const FunctionLatency& function : record.latencies)
    out["latencies"].push_back(LatencyJson(function));
  return Text(out);
}

std::string ToJson(const std::vector<CheckDescription>& checks) {
  ordered_json out = {{"schema", kValidationRecordSchema},
                      {"checks", ordered_json::array()}};
  for (const CheckDescription& check : checks)
    out["checks"].push_back(DescriptionJson(check));
  return Text(out);
}

}  // namespace daxmend
