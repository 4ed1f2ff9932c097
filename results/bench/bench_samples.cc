// SPDX-License-Identifier: GPL-2.0-only

#include "results/bench/bench_samples.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "records/json_reader.h"

namespace daxmend {
namespace {

using nlohmann::ordered_json;

constexpr uint64_t kSamplesSchema = 1;
constexpr double kLargest = 0x1p63;
constexpr std::pair<Sense, const char*> kSenses[] = {
    {Sense::kLower, "lower"},
    {Sense::kHigher, "higher"},
    {Sense::kNeither, "neither"}};

ordered_json Values(const std::vector<std::optional<double>>& values) {
  ordered_json out = ordered_json::array();
  for (const std::optional<double>& value : values)
    out.push_back(value ? ordered_json(*value) : ordered_json(nullptr));
  return out;
}

std::vector<std::optional<double>> ReadValues(const JsonReader& reader) {
  std::vector<std::optional<double>> values;
  for (const JsonReader& element : reader.Elements()) {
    if (element.IsNull()) {
      values.push_back(std::nullopt);
      continue;
    }
    values.push_back(element.Number());
    if (*values.back() < 0) element.Fail("is negative");
    if (*values.back() > kLargest)
      element.Fail("is larger than anything that can be measured");
  }
  return values;
}

Sense ReadSense(const JsonReader& reader) {
  for (const auto& [sense, name] : kSenses)
    if (reader.String() == name) return sense;
  reader.Fail("is not lower, higher or neither");
}

}  // namespace

std::string ToJson(const BenchSamples& samples) {
  ordered_json out = {{"schema", kSamplesSchema},
                      {"environment", samples.environment},
                      {"a", samples.a},
                      {"b", samples.b},
                      {"series", ordered_json::array()}};
  if (samples.clock_check)
    out["clock_check"] = ordered_json::parse(ToJson(*samples.clock_check));
  for (const BenchSeries& series : samples.series) {
    const char* better = "";
    for (const auto& [sense, name] : kSenses)
      if (sense == series.sense) better = name;
    out["series"].push_back({{"job", series.key.job},
                             {"path", series.key.path},
                             {"metric", series.key.metric},
                             {"unit", series.unit},
                             {"better", better},
                             {"a", Values(series.a)},
                             {"b", Values(series.b)}});
  }
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

BenchSamples BenchSamplesFromJson(std::string_view text,
                                  const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  if (root.At("schema").Unsigned() != kSamplesSchema)
    root.At("schema").Fail(
        fmt::format("is not {}, the one this daxmend reads", kSamplesSchema),
        "take the samples again");
  BenchSamples samples;
  samples.environment = root.At("environment").String();
  samples.a = root.At("a").String();
  samples.b = root.At("b").String();
  if (root.Has("clock_check"))
    samples.clock_check = ClockCheckFromJson(root.At("clock_check"));
  for (const JsonReader& reader : root.At("series").Elements()) {
    BenchSeries series;
    series.key = {reader.At("job").String(), reader.At("path").String(),
                  reader.At("metric").String()};
    series.unit = reader.At("unit").String();
    series.sense = ReadSense(reader.At("better"));
    series.a = ReadValues(reader.At("a"));
    series.b = ReadValues(reader.At("b"));
    if (series.a.size() != series.b.size())
      reader.Fail("does not have as many of b as of a");
    samples.series.push_back(std::move(series));
  }
  return samples;
}

}  // namespace daxmend
