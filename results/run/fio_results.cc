// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_results.h"

namespace daxmend {
namespace {

FioOptions ReadOptions(JsonReader owner, const char* key) {
  FioOptions options;
  if (!owner.Has(key)) return options;  // fio leaves an empty section out
  for (const auto& [name, value] : owner.At(key).Members())
    options.emplace_back(name, value.String());
  return options;
}

uint64_t IosOf(JsonReader job) {
  uint64_t ios = 0;
  for (const char* direction : {"read", "write", "trim"})
    if (job.Has(direction) && job.At(direction).Has("total_ios"))
      ios += job.At(direction).At("total_ios").Unsigned();
  return ios;
}

}  // namespace

std::vector<JsonReader> JobsOfFio(JsonReader root) {
  if (!root.Has("client_stats")) return root.At("jobs").Elements();
  std::vector<JsonReader> jobs = root.At("client_stats").Elements();
  // The sum of all hosts, which fio adds where there are several.
  if (jobs.size() > 1 && jobs.back().At("jobname").String() == kAllClients)
    jobs.pop_back();
  return jobs;
}

FioResults FioResultsFromJson(std::string_view text,
                              const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  FioResults results;
  results.version = root.At("fio version").String();
  results.global_options = ReadOptions(root, "global options");
  for (const JsonReader& job : JobsOfFio(root))
    results.jobs.push_back({job.At("jobname").String(),
                            job.At("error").Unsigned(), IosOf(job),
                            ReadOptions(job, "job options")});
  return results;
}

}  // namespace daxmend
