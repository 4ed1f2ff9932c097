// SPDX-License-Identifier: GPL-2.0-only

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "results/hosts/hosts_table.h"
#include "results/hosts/merge_hosts.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

struct MergeOptions {
  std::vector<std::string> runs;
  std::string out;
  bool keep_going = false;
};

// "NAME=DIR", where that is no directory of its own; the name is empty
// otherwise.
HostRun Named(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == word.npos || equals == 0 || std::filesystem::exists(word))
    return {.host = "", .directory = word};
  return {.host = word.substr(0, equals), .directory = word.substr(equals + 1)};
}

int Merge(const MergeOptions& options) {
  std::vector<HostRun> runs;
  for (const std::string& word : options.runs) runs.push_back(Named(word));
  const HostsRecord hosts =
      MergeHosts(runs, options.out, options.keep_going, "daxmend merge");
  PrintOut(HostsAsText(hosts, OutputColumns()) + "merged   " + options.out +
           "/run.json\n");
  return kOk;
}

}  // namespace

Command AddMerge(CLI::App& root) {
  CLI::App* app =
      root.add_subcommand("merge", "Add the runs of several hosts up to one");
  auto options = std::make_shared<MergeOptions>();
  app->add_option("RUN", options->runs,
                  "Directory of a run, or its run.json, of one host; NAME=DIR "
                  "names the host, which else is that of origin.json, or the "
                  "directory's name")
      ->required();
  app->add_option("--out", options->out,
                  "Directory for the sum, run.json, and for hosts.json")
      ->type_name("DIR")
      ->required();
  app->add_flag(
      "--keep-going", options->keep_going,
      "A run that is not there or cannot be read is marked as missing "
      "instead of ending it");
  app->footer(
      "Counters and histograms are added, exactly; reports have a row for each "
      "host, with its\nkernel and machine, and mark those that stand out. Runs "
      "by another clock, fio or daxmend,\nof another job file, or of two hosts "
      "with one name are refused. A run that lacks jobs\nthe others have was "
      "ended early: what it has is added, and it is marked.\n\n"
      "Exit status: 0 merged, 2 not.\n\n"
      "Example: daxmend merge results/host* --out results/all && daxmend "
      "report results/all");
  return {app, [options] { return Merge(*options); }};
}

}  // namespace daxmend
