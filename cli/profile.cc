// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/commit.h"
#include "cli/footprint_options.h"
#include "cli/prepared_guest.h"
#include "cli/size.h"
#include "core/error.h"
#include "core/version.h"
#include "machine/defaults.h"
#include "records/origin.h"
#include "results/profile/profile_files.h"
#include "results/profile/profile_text.h"
#include "results/run/run_directory.h"
#include "results/standard_output.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

struct ProfileOptions {
  GuestRequest request;
  FootprintOptions footprint;
  std::string job, kernel = "stock", show;
  std::vector<std::string> diff;
  size_t functions = 12;
  bool json = false;
  const CLI::Option* size = nullptr;
};

ProfileRecord MustLoad(const std::string& directory) {
  std::optional<ProfileRecord> profile = LoadProfile(directory);
  if (!profile)
    throw Error({.thing = directory,
                 .cause = "has no profile.json",
                 .way_out = "make one with 'daxmend profile JOBFILE --out " +
                            directory + "'"});
  return *std::move(profile);
}

int Show(const std::string& directory, const ProfileOptions& options) {
  const ProfileRecord profile = MustLoad(directory);
  if (options.json)
    PrintOut(ToJson(profile));
  else
    PrintOut(ProfileAsText(profile, LoadRun(directory).record,
                           options.functions, OutputColumns()));
  return kOk;
}

int Diff(const ProfileOptions& options) {
  const std::vector<PathChange> changes =
      Changes(MustLoad(options.diff[0]), MustLoad(options.diff[1]));
  if (changes.empty())
    throw Error({.thing = options.diff[0] + " and " + options.diff[1],
                 .cause = "have no job and path in common",
                 .way_out = "name two profiles of the same job file"});
  PrintOut(options.json
               ? ChangesAsJson(changes)
               : ChangesAsText(changes, options.functions, OutputColumns()));
  return kOk;
}

// results/2026-11-28T201203Z
std::string NewDirectory() {
  const auto now =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char name[sizeof "results/2026-11-28T201203Z"];
  std::strftime(name, sizeof name, "results/%Y-%m-%dT%H%M%SZ",
                std::gmtime(&now));
  return name;
}

int Profile(ProfileOptions options) {
  const int ways =
      !options.job.empty() + !options.show.empty() + !options.diff.empty();
  if (ways != 1)
    throw Error(
        {.thing = "daxmend profile",
         .cause = ways == 0 ? "has nothing to do" : "does one thing at a time",
         .way_out = "name a job file, or --show DIR, or --diff A B"});
  const std::optional<CacheSizes> caches = ChosenCaches(options.footprint);
  if (caches && options.job.empty())
    throw Error({.thing = "--footprint",
                 .cause = "is counted while a job runs",
                 .way_out = "name a job file"});
  if (!options.diff.empty()) return Diff(options);
  if (!options.show.empty()) return Show(options.show, options);
  GuestRequest& request = options.request;
  if (!fs::is_regular_file(options.job))
    throw Error({.thing = options.job,
                 .cause = "is no job file",
                 .way_out = "name one, as jobs/recovery.fio"});
  if (request.out.empty()) request.out = NewDirectory();
  fs::create_directories(request.out);
  request.clock = Clock::kVirtual;
  request.footprint = caches;
  request.add = {options.job};
  // Not among JSON, which another program reads from stdout.
  request.command = {
      "sh", "-c",
      options.json ? "exec daxmend run \"$0\" >&2" : "exec daxmend run \"$0\"",
      "/add/" + fs::path(options.job).filename().string()};
  PrepareGuest("profile", options.kernel, options.size->count() != 0, &request);
  const int status = RunProfiled(&request);
  CompleteOrigins(request.out, OriginOfThis(kVersion, kCommit, false));
  if (status != kOk) return status;
  Show(request.out, options);
  std::fprintf(stderr, "profile  %s/profile.json, profile.folded\n",
               request.out.c_str());
  return kOk;
}

}  // namespace

Command AddProfile(CLI::App& root) {
  auto options = std::make_shared<ProfileOptions>();
  GuestRequest& request = options->request;
  request.nvdimm.clear_unit = kDefaultClearUnit;
  request.nvdimm.error_ranges = kDefaultErrorRanges;
  CLI::App* app = root.add_subcommand(
      "profile", "Count the instructions of every function in a job's I/Os");
  app->add_option("JOBFILE", options->job,
                  "Job file to run in the emulated NVDIMM, under the virtual "
                  "clock; its path_log= must\nbe results/latest/run.json");
  app->add_option("--out", request.out,
                  "Directory for profile.json, profile.folded and the run's "
                  "results; a new one in\nresults/ unless it is given")
      ->type_name("DIR");
  app->add_option("--show", options->show, "Print the profile of this run")
      ->type_name("DIR");
  app->add_option("--diff", options->diff,
                  "Print which functions changed from run A to run B, and by "
                  "how many instructions an\nI/O")
      ->expected(2)
      ->type_name("A B");
  app->add_option("--functions", options->functions,
                  "Rows for each path; the rest is one more")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_flag("--json", options->json, "Print JSON");
  AddFootprint(app, &options->footprint);
  app->add_option("--kernel", options->kernel, "As of daxmend vm")
      ->capture_default_str();
  app->add_option("--fs", request.filesystem, "File system on /mnt/pmem")
      ->check(OneOf({"ext4", "xfs"}))
      ->capture_default_str();
  options->size =
      app->add_option("--nvdimm-size", request.nvdimm.size, "As of daxmend vm")
          ->transform(SizeInBytes())
          ->default_val(kDefaultNvdimmSize);
  app->add_option("--nvdimm-base", request.nvdimm.base, "As of daxmend vm")
      ->transform(SizeInBytes())
      ->default_val(kDefaultNvdimmBase);
  app->add_option("--qemu", request.qemu, "As of daxmend vm")
      ->capture_default_str();
  app->add_option("--timeout", request.timeout, "As of daxmend vm")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->footer(
      "Every instruction between the two clock readings of an I/O is counted, "
      "with its call stack.\nWhat interrupts and other threads did is apart. "
      "Whether the functions add up to what the\nengine measured is said at "
      "the end. profile.folded is what flame graph tools read. For "
      "other\nmachines: daxmend vm --profile.\n\nExit status: 0, that of "
      "daxmend run, or 2.\n\nExamples: daxmend profile jobs/recovery.fio --out "
      "results/a\n          daxmend profile --diff results/a results/b");
  return {app, [options] { return Profile(*options); }};
}

}  // namespace daxmend
