// SPDX-License-Identifier: GPL-2.0-only

#include "results/fio_results.h"

#include "core/json_reader.h"

namespace daxmend {
namespace {

FioOptions ReadOptions(JsonReader owner, const char* key) {
  FioOptions options;
  if (!owner.Has(key)) return options;  // fio leaves an empty section out
  for (const auto& [name, value] : owner.At(key).Members())
    options.emplace_back(name, value.String());
  return options;
}

}  // namespace

FioResults FioResultsFromJson(std::string_view text,
                              const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  FioResults results;
  results.version = root.At("fio version").String();
  results.global_options = ReadOptions(root, "global options");
  for (const JsonReader& job : root.At("jobs").Elements())
    results.jobs.push_back({job.At("jobname").String(),
                            job.At("error").Unsigned(),
                            ReadOptions(job, "job options")});
  return results;
}

}  // namespace daxmend
