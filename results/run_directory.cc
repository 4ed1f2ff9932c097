// SPDX-License-Identifier: GPL-2.0-only

#include "results/run_directory.h"

#include <filesystem>

#include "core/error.h"
#include "core/file_io.h"
#include "core/json_reader.h"

namespace daxmend {
namespace {

constexpr uint64_t kInjectSchema = 1;

// Follows symbolic links; false for a link to nowhere.
bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

template <class Space>
void ReadRange(JsonReader range, const char* begin_key, const char* end_key,
               std::vector<Range<Space>>& ranges) {
  if (!range.Has(begin_key) && !range.Has(end_key)) return;
  Range<Space> read{range.At(begin_key).Unsigned(),
                    range.At(end_key).Unsigned()};
  if (read.empty()) range.At(end_key).Fail("is not past the beginning");
  ranges.push_back(read);
}

Injection ReadInjection(JsonReader reader) {
  Injection injection;
  injection.injector = reader.At("injector").String();
  injection.device = reader.At("device").String();
  if (reader.Has("file")) injection.file = reader.At("file").String();
  for (const JsonReader& range : reader.At("ranges").Elements()) {
    ReadRange(range, "file_begin", "file_end", injection.file_ranges);
    ReadRange(range, "sector_begin", "sector_end", injection.sectors);
    ReadRange(range, "spa_begin", "spa_end", injection.spa);
  }
  return injection;
}

}  // namespace

std::vector<Injection> InjectionsFromJson(std::string_view text,
                                          const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  JsonReader root(document, source);
  if (uint64_t schema = root.At("schema").Unsigned(); schema != kInjectSchema)
    root.At("schema").Fail(
        "is " + std::to_string(schema) + ", this daxmend reads " +
        std::to_string(kInjectSchema) + ": use the daxmend that wrote it");
  std::vector<Injection> injections;
  for (const JsonReader& injection : root.At("injections").Elements())
    injections.push_back(ReadInjection(injection));
  return injections;
}

Run LoadRun(const std::string& directory) {
  if (!Exists(directory))
    throw Error(directory +
                " does not exist: name the directory of a run, such as "
                "results/latest");
  const std::string record = directory + "/run.json";
  if (!Exists(record))
    throw Error(directory + " has no run.json: run a job with path_log=" +
                record + " first");
  Run run;
  run.directory = directory;
  run.record = RunRecordFromJson(ReadFile(record), record);
  if (const std::string fio = directory + "/fio.json"; Exists(fio))
    run.fio = FioResultsFromJson(ReadFile(fio), fio);
  if (const std::string inject = directory + "/inject.json"; Exists(inject))
    run.injections = InjectionsFromJson(ReadFile(inject), inject);
  return run;
}

}  // namespace daxmend
