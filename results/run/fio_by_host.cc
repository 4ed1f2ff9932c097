// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_by_host.h"

#include <utility>

#include "results/run/fio_results.h"

namespace daxmend {
namespace {

constexpr char kResults[] = "client_stats", kDisks[] = "disk_util";
constexpr char kOptions[] = "global options";

// A string of an object, or "".
std::string Text(const nlohmann::ordered_json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

}  // namespace

FioByHost::FioByHost(std::string_view text)
    : all_(Json::parse(text, nullptr, false)) {
  if (!all_.is_object()) {
    all_ = Json::object();
    return;
  }
  // Keys stay in their places, for what JsonOf() puts there.
  const auto each = [&](const char* key, auto&& take) {
    const auto there = all_.find(key);
    if (there == all_.end() || !there->is_array()) return false;
    for (Json& one : *there)
      if (const std::string host = Text(one, "hostname"); !host.empty())
        take(hosts_[host], std::move(one));
    *there = Json::array();
    return true;
  };
  each(kResults, [](Host& host, Json one) {
    if (!IsSumOfHosts(Text(one, "jobname"), one.contains("job options")))
      host.results.push_back(std::move(one));
  });
  each(kDisks,
       [](Host& host, Json one) { host.disks.push_back(std::move(one)); });
  has_options_of_hosts_ = each(kOptions, [](Host& host, Json one) {
    one.erase("hostname");
    one.erase("port");
    host.options = std::move(one);
  });
}

size_t FioByHost::results(const std::string& name) const {
  const auto at = hosts_.find(name);
  return at == hosts_.end() ? 0 : at->second.results.size();
}

std::string FioByHost::JsonOf(const std::string& name) const {
  const auto at = hosts_.find(name);
  const Host host = at == hosts_.end() ? Host() : at->second;
  Json mine = all_;
  if (mine.contains(kResults)) mine[kResults] = host.results;
  if (mine.contains(kDisks)) mine[kDisks] = host.disks;
  if (has_options_of_hosts_) mine[kOptions] = host.options;
  return mine.dump(2) + "\n";
}

}  // namespace daxmend
