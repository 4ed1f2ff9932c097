// SPDX-License-Identifier: GPL-2.0-only

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/printable.h"
#include "results/history/history.h"
#include "results/number_text.h"

namespace daxmend {
namespace {

using nlohmann::ordered_json;

constexpr int kHistorySchema = 1;
constexpr int64_t kDay = 86'400;

std::string TimeText(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &utc);
  return text;
}

std::string ChangeText(const HistorySeries& series, const ChangePoint& change) {
  const HistoryPoint& at = series.points[change.at];
  std::string text = TimeText(at.time) + "  " + ValueText(change.before) +
                     " -> " + ValueText(change.after) + " " + series.unit;
  if (change.before != 0) {
    const double percent = (change.after / change.before - 1) * 100;
    text += std::string(" (") + (percent < 0 ? "-" : "+") +
            Significant(std::abs(percent), 3) + " %";
    if (series.sense != Sense::kNeither)
      text += (percent < 0) == (series.sense == Sense::kLower) ? ", better"
                                                               : ", worse";
    text += change.p > 0 ? ", p " + Significant(change.p, 2) + ")" : ")";
  }
  return text + (at.label.empty() ? "" : "  " + at.label);
}

}  // namespace

int64_t ParseSince(const std::string& text, int64_t now) {
  int days = 0, end = 0;
  if (std::sscanf(text.c_str(), "%dd%n", &days, &end) == 1 && days >= 0 &&
      static_cast<size_t>(end) == text.size())
    return now - days * kDay;
  for (const char* format : {"%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm utc{};
    const char* rest = strptime(text.c_str(), format, &utc);
    if (rest && *rest == 0) return timegm(&utc);
  }
  throw Error(
      {.thing = "--since " + text,
       .cause = "is not a time",
       .way_out = "write 2026-11-22, '2026-11-22 10:15' (UTC), or 30d"});
}

std::string HistoryAsText(const std::vector<HistorySeries>& series) {
  std::string out;
  int64_t fingerprint = -1;
  bool exact = false, noisy = false;
  for (const HistorySeries& one : series) {
    if (one.fingerprint != fingerprint)
      out += (out.empty() ? "" : "\n") + Printable(one.environment) + "\n";
    fingerprint = one.fingerprint;
    (one.clock == Clock::kVirtual ? exact : noisy) = true;
    auto [low, high] =
        std::minmax_element(one.points.begin(), one.points.end(),
                            [](const HistoryPoint& a, const HistoryPoint& b) {
                              return a.value < b.value;
                            });
    out += "  " + Printable(one.key.Text()) + ": " +
           Counted(one.points.size(), "run") + ", last " +
           ValueText(one.points.back().value) + " " + one.unit + ", from " +
           ValueText(low->value) + " to " + ValueText(high->value) + ", " +
           Counted(one.changes.size(), "change") + "\n";
    for (const ChangePoint& change : one.changes)
      out += "    " + Printable(ChangeText(one, change)) + "\n";
  }
  if (series.empty()) return "the history has no matching series\n";
  if (exact) out += "\nvirtual clock: every difference is a change\n";
  if (noisy)
    out +=
        "\nwall clock: changes by Pettitt's test (1979), p < 0.01, in binary "
        "segmentation\n";
  return out;
}

std::string HistoryAsJson(const std::vector<HistorySeries>& series) {
  ordered_json out = {{"schema", kHistorySchema},
                      {"series", ordered_json::array()}};
  for (const HistorySeries& one : series) {
    ordered_json entry = {{"clock", NameOf(one.clock)},
                          {"environment", one.environment},
                          {"job", one.key.job},
                          {"path", one.key.path},
                          {"metric", one.key.metric},
                          {"unit", one.unit},
                          {"points", ordered_json::array()},
                          {"changes", ordered_json::array()}};
    for (const HistoryPoint& point : one.points)
      entry["points"].push_back({point.time, point.value, point.label});
    for (const ChangePoint& change : one.changes)
      entry["changes"].push_back({{"time", one.points[change.at].time},
                                  {"label", one.points[change.at].label},
                                  {"before", change.before},
                                  {"after", change.after},
                                  {"p", change.p}});
    out["series"].push_back(std::move(entry));
  }
  return PrintableJson(
             out.dump(1, ' ', false, ordered_json::error_handler_t::replace)) +
         "\n";
}

}  // namespace daxmend
