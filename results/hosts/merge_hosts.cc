// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/merge_hosts.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "core/error.h"
#include "core/printable.h"
#include "records/earlier_results.h"
#include "results/hosts/run_merger.h"
#include "results/run/fio_run.h"
#include "results/run/unfinished_jobs.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

void AddOne(const HostRun& one, const std::string& out, bool keep_going,
            const std::string& doing, RunMerger* merger) {
  const auto missing = [&](const std::string& why) {
    const std::string host =
        one.host.empty() ? HostOfDirectory(one.directory) : one.host;
    std::fprintf(stderr, "%s: without %s: %s\n", doing.c_str(),
                 Printable(host).c_str(), Printable(why).c_str());
    merger->AddMissing(host, one.directory, why);
  };
  if (!one.missing.empty()) return missing(one.missing);
  Run run;
  try {
    run = LoadRun(one.directory);
  } catch (const Error& e) {
    if (!keep_going) throw;
    return missing(e.what());
  }
  std::error_code none;
  if (std::filesystem::equivalent(run.directory, out, none))
    throw Error({.thing = "--out " + out,
                 .cause = "is one of the runs",
                 .way_out = "name another directory"});
  if (one.cut_short)
    run.record.unfinished = CutShortJobs(run.record, one.sections);
  merger->Add(one.host.empty() ? HostOf(run) : one.host, run);
}

}  // namespace

HostsRecord MergeHosts(const std::vector<HostRun>& runs, const std::string& out,
                       bool keep_going, const std::string& doing,
                       const std::vector<std::string>& keep) {
  RunMerger merger;
  auto told = std::chrono::steady_clock::now();
  for (const HostRun& one : runs) {
    if (const auto now = std::chrono::steady_clock::now();
        now - told > std::chrono::seconds(2)) {
      told = now;
      std::fprintf(stderr, "%s: %zu of %zu runs\n", doing.c_str(),
                   static_cast<size_t>(&one - runs.data()), runs.size());
    }
    AddOne(one, out, keep_going, doing, &merger);
  }
  MergedRun merged = merger.Finish();
  MakeDirectory(out);
  // What another run left there is not to be taken for a part of this one.
  for (const char* name : {"run.json", "hosts.json", "fio.json", "inject.json",
                           "profile.json", "origin.json", "report.html"})
    if (std::find(keep.begin(), keep.end(), name) == keep.end())
      SetAside(out + "/" + name);
  ReplaceFile(out + "/hosts.json", ToJson(merged.hosts));
  ReplaceFile(out + "/run.json", ToJson(merged.record));
  return std::move(merged.hosts);
}

}  // namespace daxmend
