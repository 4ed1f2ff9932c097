// SPDX-License-Identifier: GPL-2.0-only

#include "records/device_share.h"

#include <fmt/core.h>

#include <algorithm>

#include "records/json_text.h"

namespace daxmend {

void AddShares(const std::vector<DeviceShare>& more,
               std::vector<DeviceShare>* shares) {
  for (const DeviceShare& share : more) {
    auto at = std::lower_bound(shares->begin(), shares->end(), share.device,
                               [](const DeviceShare& a, const std::string& b) {
                                 return a.device < b;
                               });
    if (at == shares->end() || at->device != share.device)
      at = shares->insert(at, {.device = share.device});
    at->recovered_ios += share.recovered_ios;
    at->failed_ios += share.failed_ios;
    at->lost_sectors += share.lost_sectors;
  }
}

bool AreWithin(const std::vector<DeviceShare>& shares, DeviceShare whole) {
  for (uint64_t DeviceShare::*counted :
       {&DeviceShare::recovered_ios, &DeviceShare::failed_ios,
        &DeviceShare::lost_sectors})
    for (const DeviceShare& share : shares)
      if (__builtin_sub_overflow(whole.*counted, share.*counted,
                                 &(whole.*counted)))
        return false;
  return true;
}

std::string ToJson(const std::vector<DeviceShare>& shares) {
  std::string out = "[";
  for (const DeviceShare& share : shares)
    out += fmt::format(
        R"({}{{"device": {}, "recovered_ios": {}, "failed_ios": {}, )"
        R"("lost_sectors": {}}})",
        out.size() > 1 ? ", " : "", QuotedJson(share.device),
        share.recovered_ios, share.failed_ios, share.lost_sectors);
  return out + "]";
}

std::vector<DeviceShare> DeviceSharesFromJson(JsonReader list) {
  std::vector<DeviceShare> shares;
  for (const JsonReader& one : list.Elements()) {
    JsonReader reader = one;
    shares.push_back({.device = reader.At("device").String(),
                      .recovered_ios = reader.At("recovered_ios").Unsigned(),
                      .failed_ios = reader.At("failed_ios").Unsigned(),
                      .lost_sectors = reader.At("lost_sectors").Unsigned()});
    if (shares.size() > 1 && shares.end()[-2].device >= shares.back().device)
      list.Fail("is not ascending by device");
  }
  return shares;
}

std::string ToText(const std::vector<DeviceShare>& shares) {
  std::string text;
  for (const DeviceShare& share : shares)
    text +=
        fmt::format("{}{}: {} recovered, {} failed, {} lost",
                    text.empty() ? "" : "; ", share.device, share.recovered_ios,
                    share.failed_ios, share.lost_sectors);
  return text;
}

}  // namespace daxmend
