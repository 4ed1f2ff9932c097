// SPDX-License-Identifier: GPL-2.0-only

#include "records/latency_json.h"

#include <fmt/core.h>

#include <cmath>
#include <utility>
#include <vector>

#include "core/error.h"
#include "records/json_text.h"

namespace daxmend {
namespace {

struct PercentileKey {
  const char* key;
  double percent;
};
constexpr PercentileKey kPercentileKeys[] = {
    {"p50", 50}, {"p99", 99}, {"p999", 99.9}};

std::string PercentilesJson(const LatencyHistogram& h) {
  std::string out;
  for (const auto& [key, percent] : kPercentileKeys)
    if (h.Supports(percent))
      out += fmt::format(", \"{}\": {}", key, h.Percentile(percent));
  return out;
}

// [[value, count],...], the values ascending by `order`; *total is the count.
template <class Order>
std::vector<std::pair<uint64_t, uint64_t>> ReadCounts(const JsonReader& list,
                                                      const char* what,
                                                      Order order,
                                                      uint64_t* total) {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  *total = 0;
  for (const JsonReader& element : list.Elements()) {
    std::vector<JsonReader> pair = element.Elements();
    if (pair.size() != 2)
      element.Fail(
          fmt::format("is not [{}, count]",
                      what == std::string_view("bin") ? "upper_ns" : "ns"));
    const uint64_t value = pair[0].Unsigned();
    const uint64_t count = pair[1].Unsigned();
    if (!counts.empty() && order(value) <= order(counts.back().first))
      element.Fail(fmt::format("is not above the {} before it", what));
    if (count == 0) element.Fail("has a count of 0");
    if (__builtin_add_overflow(*total, count, total))
      element.Fail("makes the count overflow");
    counts.emplace_back(value, count);
  }
  return counts;
}

LatencyHistogram ReadBins(JsonReader path, uint64_t* total) {
  const auto bins =
      ReadCounts(path.At("bins"), "bin", LatencyHistogram::BucketOf, total);
  const uint64_t min = path.At("min").Unsigned();
  const uint64_t max = path.At("max").Unsigned();
  if (bins.empty() ? min != 0
                   : LatencyHistogram::BucketOf(min) !=
                         LatencyHistogram::BucketOf(bins.front().first))
    path.At("min").Fail("is not in the first bin");
  if (bins.empty()
          ? max != 0
          : max < min || LatencyHistogram::BucketOf(max) !=
                             LatencyHistogram::BucketOf(bins.back().first))
    path.At("max").Fail("is not in the last bin");
  return LatencyHistogram::FromBins(bins, min, max, path.At("sum").Unsigned());
}

LatencyHistogram ReadValues(JsonReader path, uint64_t* total) {
  const auto values = ReadCounts(
      path.At("values"), "value", [](uint64_t ns) { return ns; }, total);
  if (*total > LatencyHistogram::kExact)
    path.At("values").Fail(
        fmt::format("are of more than {} I/Os", LatencyHistogram::kExact));
  uint64_t sum = 0;
  for (auto [value, count] : values) {
    uint64_t all = 0;
    if (__builtin_mul_overflow(value, count, &all) ||
        __builtin_add_overflow(sum, all, &sum))
      path.At("values").Fail("have a sum that overflows");
  }
  LatencyHistogram h = LatencyHistogram::FromValues(values);
  for (const auto& [key, value] :
       {std::pair{"min", h.min()}, {"max", h.max()}, {"sum", h.sum()}})
    if (path.At(key).Unsigned() != value)
      path.At(key).Fail(fmt::format("is not that of the values, {}", value));
  return h;
}

}  // namespace

std::string ToJson(const LatencyHistogram& h) {
  std::string out =
      "{\"unit\": \"ns\", \"count\": " + std::to_string(h.count()) +
      ", \"min\": " + std::to_string(h.min()) +
      ", \"max\": " + std::to_string(h.max()) +
      ", \"mean\": " + NumberJson(h.mean()) + PercentilesJson(h) +
      ", \"sum\": " + std::to_string(h.sum());
  const bool exact = h.exact();
  return out + fmt::format(",\n          \"{}\": {}}}",
                           exact ? "values" : "bins",
                           PairsJson(exact ? h.Values() : h.Bins()));
}

std::string ToJson(const Timeline& timeline) {
  std::string out = "{\"slot_ns\": " + std::to_string(timeline.slot_ns()) +
                    ", \"end_ns\": " + std::to_string(timeline.end_ns()) +
                    ", \"slots\": [";
  for (size_t i = 0; i < timeline.used(); ++i) {
    const Timeline::Slot& slot = timeline.slot(i);
    if (i) out += ",";
    out += "[" + std::to_string(slot.ios) + "," + std::to_string(slot.bytes) +
           "," + std::to_string(slot.recovered) + "]";
  }
  return out + "]}";
}

LatencyHistogram HistogramFromJson(JsonReader path, uint64_t schema) {
  if (path.At("unit").String() != "ns") path.At("unit").Fail("is not \"ns\"");
  uint64_t total = 0;
  const bool exact = schema >= 4 && !path.Has("bins");
  const char* const from = exact ? "values" : "bins";
  const LatencyHistogram h =
      exact ? ReadValues(path, &total) : ReadBins(path, &total);
  if (path.At("count").Unsigned() != total)
    path.At("count").Fail(
        fmt::format("is not the sum of its {}, {}", from, total));
  // Doubles carry 53 bits: leave room for their rounding.
  const double slack = 1e-9 * h.mean();
  if (total == 0 ? path.At("sum").Unsigned() != 0
                 : h.mean() < static_cast<double>(h.min()) - slack ||
                       h.mean() > static_cast<double>(h.max()) + slack)
    path.At("sum").Fail("does not fit count, min and max");
  if (std::abs(path.At("mean").Number() - h.mean()) > slack)
    path.At("mean").Fail("is not sum / count");
  for (const auto& [key, percent] : kPercentileKeys) {
    if (schema >= 4 && !h.Supports(percent)) {
      if (path.Has(key))
        path.At(key).Fail(fmt::format("cannot be told of {} I/Os", total));
    } else if (path.At(key).Unsigned() != h.Percentile(percent)) {
      path.At(key).Fail(
          fmt::format("does not follow from the {}, which give {}", from,
                      h.Percentile(percent)));
    }
  }
  return h;
}

Timeline TimelineFromJson(JsonReader timeline) {
  std::vector<Timeline::Slot> slots;
  for (const JsonReader& element : timeline.At("slots").Elements()) {
    std::vector<JsonReader> slot = element.Elements();
    if (slot.size() != 3) element.Fail("is not [ios, bytes, recovered]");
    slots.push_back(
        {slot[0].Unsigned(), slot[1].Unsigned(), slot[2].Unsigned()});
    if (slots.back().recovered > slots.back().ios)
      element.Fail("has more recoveries than I/Os");
  }
  try {
    return Timeline::FromSlots(timeline.At("slot_ns").Unsigned(), slots,
                               timeline.At("end_ns").Unsigned());
  } catch (const Error& e) {
    timeline.Fail(std::string("is inconsistent: ") + e.what());
  }
}

}  // namespace daxmend
