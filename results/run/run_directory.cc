// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/run_directory.h"

#include <fmt/core.h>

#include <filesystem>

#include "core/error.h"
#include "records/earlier_results.h"
#include "results/profile/profile_files.h"
#include "results/run/fio_output.h"
#include "results/run/unfinished_jobs.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Follows symbolic links; false for a link to nowhere.
bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// What somebody redirected has fio's diagnostics around the JSON.
FioResults LoadFio(const std::string& path) {
  const std::string text = ReadFile(path);
  const std::string json = SplitFioOutput(text).json;
  return FioResultsFromJson(json.empty() ? text : json, path);
}

// A run.json stands for the directory it is in.
std::string DirectoryOfRun(const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) return name;
  const std::filesystem::path path(name);
  const std::string parent =
      path.has_parent_path() ? path.parent_path().string() : ".";
  if (path.filename() == "run.json") return parent;
  throw Error({.thing = name,
               .cause = "is a file",
               .way_out = "name its directory, " + parent});
}

}  // namespace

Run LoadRun(const std::string& name) {
  if (!Exists(name))
    throw Error({.thing = name,
                 .cause = "does not exist",
                 .way_out = "name the directory of a run, such as "
                            "results/latest"});
  const std::string directory = DirectoryOfRun(name);
  const std::string record = directory + "/run.json";
  if (!Exists(record) && Exists(PreviousName(record)))
    throw Error({.thing = directory,
                 .cause = "has no run.json (the last run there failed before a "
                          "job was measured)",
                 .way_out = "run it again; the run before it is in " +
                            PreviousName(record)});
  if (!Exists(record))
    throw Error(
        {.thing = directory,
         .cause = "has no run.json",
         .way_out = fmt::format("run a job with path_log={} first", record)});
  Run run;
  run.directory = directory;
  run.record = RunRecordFromJson(ReadFile(record), record);
  if (const std::string fio = directory + "/fio.json"; Exists(fio)) {
    run.fio = LoadFio(fio);
    run.record.unfinished = UnfinishedJobs(run.record, *run.fio);
  } else if (const std::string raw = directory + "/fio.txt"; Exists(raw)) {
    run.gaps.push_back(
        "fio's JSON could not be kept, so errors that only fio "
        "knows of are not counted here: see " +
        raw + ".");
  }
  if (const std::string inject = directory + "/inject.json"; Exists(inject))
    run.injected = InjectionRecordFromJson(ReadFile(inject), inject);
  run.profile = LoadProfile(directory);
  if (const std::string origin = directory + "/origin.json"; Exists(origin))
    run.origin = OriginFromJson(ReadFile(origin), origin);
  if (const std::string hosts = directory + "/hosts.json"; Exists(hosts))
    run.hosts = HostsRecordFromJson(ReadFile(hosts), hosts);
  return run;
}

}  // namespace daxmend
