// SPDX-License-Identifier: GPL-2.0-only

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "records/earlier_results.h"
#include "results/hosts/hosts_table.h"
#include "results/hosts/run_merger.h"
#include "results/standard_output.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

struct MergeOptions {
  std::vector<std::string> runs;
  std::string out;
  bool keep_going = false;
};

// "NAME=DIR", where that is no directory of its own; the name is empty
// otherwise.
struct NamedRun {
  std::string host, directory;
};
NamedRun Named(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == word.npos || equals == 0 || std::filesystem::exists(word))
    return {"", word};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

int Merge(const MergeOptions& options) {
  RunMerger merger;
  auto told = std::chrono::steady_clock::now();
  for (const std::string& word : options.runs) {
    if (const auto now = std::chrono::steady_clock::now();
        now - told > std::chrono::seconds(2)) {
      told = now;
      std::fprintf(stderr, "daxmend merge: %zu of %zu runs\n",
                   static_cast<size_t>(&word - options.runs.data()),
                   options.runs.size());
    }
    const NamedRun named = Named(word);
    Run run;
    try {
      run = LoadRun(named.directory);
    } catch (const Error& e) {
      if (!options.keep_going) throw;
      const std::string host =
          named.host.empty() ? HostOfDirectory(named.directory) : named.host;
      std::fprintf(stderr, "daxmend merge: without %s: %s\n", host.c_str(),
                   e.what());
      merger.AddMissing(host, named.directory, e.what());
      continue;
    }
    std::error_code none;
    if (std::filesystem::equivalent(run.directory, options.out, none))
      throw Error({.thing = "--out " + options.out,
                   .cause = "is one of the runs",
                   .way_out = "name another directory"});
    merger.Add(named.host.empty() ? HostOf(run) : named.host, run);
  }
  const MergedRun merged = merger.Finish();
  std::filesystem::create_directories(options.out);
  // What another run left there is not to be taken for a part of this one.
  for (const char* name : {"run.json", "hosts.json", "fio.json", "inject.json",
                           "profile.json", "origin.json", "report.html"})
    SetAside(options.out + "/" + name);
  ReplaceFile(options.out + "/hosts.json", ToJson(merged.hosts));
  ReplaceFile(options.out + "/run.json", ToJson(merged.record));
  PrintOut(HostsAsText(merged.hosts, OutputColumns()) + "merged   " +
           options.out + "/run.json\n");
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
