// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_results.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

namespace daxmend {
namespace {

// `but` are no options.
FioOptions OptionsIn(JsonReader object, const std::set<std::string>& but = {}) {
  FioOptions options;
  for (const auto& [name, value] : object.Members())
    if (!but.contains(name)) options.emplace_back(name, value.String());
  return options;
}

FioOptions ReadOptions(JsonReader owner, const char* key) {
  // fio leaves an empty section out.
  return owner.Has(key) ? OptionsIn(owner.At(key)) : FioOptions();
}

// A client's [global], by host.
using OptionsOfHosts = std::map<std::string, FioOptions>;

std::string HostKey(JsonReader object) {
  return fmt::format("{},{}", object.At("hostname").String(),
                     object.At("port").Unsigned());
}

OptionsOfHosts ReadOptionsOfHosts(JsonReader array) {
  OptionsOfHosts hosts;
  for (const JsonReader& host : array.Elements())
    hosts[HostKey(host)] = OptionsIn(host, {"hostname", "port"});
  return hosts;
}

// What all of them say.
FioOptions InCommon(const OptionsOfHosts& hosts) {
  if (hosts.empty()) return {};
  FioOptions common = hosts.begin()->second;
  for (const auto& [host, options] : hosts)
    std::erase_if(common, [&options = options](const auto& option) {
      return std::ranges::find(options, option) == options.end();
    });
  return common;
}

// Adds those of `defaults` that neither `options` nor `common` have.
void AddDefaults(const FioOptions& defaults, const FioOptions& common,
                 FioOptions* options) {
  FioOptions all = *options;
  for (const auto& option : defaults)
    if (std::ranges::find(common, option) == common.end() &&
        std::ranges::find(*options, option.first,
                          &FioOptions::value_type::first) == options->end())
      all.push_back(option);
  std::ranges::sort(all);
  *options = std::move(all);
}

uint64_t IosOf(JsonReader job) {
  uint64_t ios = 0;
  for (const char* direction : {"read", "write", "trim"})
    if (job.Has(direction) && job.At(direction).Has("total_ios"))
      ios += job.At(direction).At("total_ios").Unsigned();
  return ios;
}

}  // namespace

bool IsSumOfHosts(const std::string& name, bool has_options) {
  return name == kAllClients && !has_options;
}

std::vector<JsonReader> JobsOfFio(JsonReader root) {
  if (!root.Has("client_stats")) return root.At("jobs").Elements();
  std::vector<JsonReader> jobs = root.At("client_stats").Elements();
  std::erase_if(jobs, [](const JsonReader& job) {
    return IsSumOfHosts(job.At("jobname").String(), job.Has("job options"));
  });
  return jobs;
}

FioResults FioResultsFromJson(std::string_view text,
                              const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  FioResults results;
  results.version = root.At("fio version").String();
  OptionsOfHosts of_hosts;
  if (const auto global = document.find("global options");
      global != document.end() && global->is_array()) {
    of_hosts = ReadOptionsOfHosts(root.At("global options"));
    results.global_options = InCommon(of_hosts);
  } else {
    results.global_options = ReadOptions(root, "global options");
  }
  for (const JsonReader& job : JobsOfFio(root)) {
    FioJob one = {job.At("jobname").String(), job.At("error").Unsigned(),
                  IosOf(job), ReadOptions(job, "job options")};
    if (!of_hosts.empty())
      if (const auto host = of_hosts.find(HostKey(job)); host != of_hosts.end())
        AddDefaults(host->second, results.global_options, &one.options);
    results.jobs.push_back(std::move(one));
  }
  return results;
}

}  // namespace daxmend
