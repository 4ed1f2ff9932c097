// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/run_merger.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "core/error.h"

namespace daxmend {
namespace {

HostPath PathOnHost(const LatencyHistogram& h) {
  return {.count = h.count(),
          .min = h.min(),
          .p50 = h.Supports(50) ? h.Percentile(50) : 0,
          .p99 = h.Supports(99) ? h.Percentile(99) : 0,
          .max = h.max(),
          .sum = h.sum()};
}

HostRecord OnHost(const std::string& host, const Run& run) {
  HostRecord record = {.host = host,
                       .source = run.directory,
                       .environment = run.record.environment,
                       .unfinished = run.record.unfinished,
                       .poison = run.record.poison};
  for (const JobRecord& job : run.record.jobs) {
    HostJob on_host = {.name = job.name, .counters = job.counters, .paths = {}};
    for (size_t i = 0; i < kPaths; ++i)
      on_host.paths[i] = PathOnHost(job.paths[i]);
    record.jobs.push_back(std::move(on_host));
  }
  return record;
}

// How the texts of two jobs of one name differ; empty when they do not. Where
// daxmend is installed, where its results go, and how much poison a host has
// (userfault_poison=, or injected from outside), is no part of the job.
std::string OtherText(const JobRecord& a, const JobRecord& b) {
  for (const auto& [what, left, right] :
       {std::tuple{"access", a.access, b.access},
        {"recovery", a.recovery, b.recovery},
        {"rw", a.rw, b.rw}})
    if (left != right)
      return fmt::format("{}={}, {}={}", what, left, what, right);
  std::set<std::string> names;
  for (const JobRecord* job : {&a, &b})
    for (const auto& [name, value] : job->options) names.insert(name);
  for (const char* name : {"path_log", "ioengine", "userfault_poison"})
    names.erase(name);
  const auto value = [](const JobRecord& job, const std::string& name) {
    const auto at = job.options.find(name);
    return at == job.options.end() ? "no " + name + "="
                                   : name + "=" + at->second;
  };
  for (const std::string& name : names)
    if (value(a, name) != value(b, name))
      return value(a, name) + ", " + value(b, name);
  return "";
}

[[noreturn]] void CannotMix(const std::string& first, const std::string& host,
                            const std::string& what) {
  throw Error({.thing = fmt::format("the runs of {} and {}", first, host),
               .cause = "cannot be added up (" + what + ")",
               .way_out = "merge runs of one job file by one daxmend and fio"});
}

}  // namespace

std::string HostOf(const Run& run) {
  return run.origin && !run.origin->host.empty()
             ? run.origin->host
             : HostOfDirectory(run.directory);
}

std::string HostOfDirectory(const std::string& directory) {
  std::filesystem::path path =
      std::filesystem::path(directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

void RunMerger::RequireNew(const std::string& host) const {
  for (const HostRecord& before : merged_.hosts.hosts)
    if (before.host == host)
      throw Error({.thing = "host " + host,
                   .cause = "has two runs",
                   .way_out = "give one of them another name: NAME=DIR"});
}

void RunMerger::RequireSame(const std::string& host, const Run& run) const {
  if (first_.empty()) return;
  const RunRecord& all = merged_.record;
  for (const EnvironmentPart& part : kEnvironmentParts) {
    const bool must = !part.member || part.member == &Environment::fio ||
                      part.member == &Environment::daxmend;
    const std::string a = part.Of(all.environment);
    const std::string b = part.Of(run.record.environment);
    if (must && a != b)
      CannotMix(first_, host,
                fmt::format("{} {} there, {} here", part.name, a, b));
  }
  if (all.poison.unit_bytes != run.record.poison.unit_bytes)
    CannotMix(first_, host,
              fmt::format("poison in units of {} bytes there, of {} here",
                          all.poison.unit_bytes, run.record.poison.unit_bytes));
  std::string only_there, only_here;
  for (const JobRecord& job : all.jobs)
    if (!run.record.Find(job.name)) only_there = job.name;
  for (const JobRecord& job : run.record.jobs) {
    const JobRecord* same = all.Find(job.name);
    if (!same) {
      only_here = job.name;
      continue;
    }
    const std::string difference = OtherText(*same, job);
    if (!difference.empty())
      CannotMix(first_, host, "job " + job.name + ": " + difference);
  }
  // One of them may have ended early, and then has none that the other lacks.
  if (!only_there.empty() && !only_here.empty())
    CannotMix(first_, host,
              "job " + only_there + " there, job " + only_here + " here");
}

void RunMerger::Add(const std::string& host, const Run& run) {
  RequireNew(host);
  if (!run.hosts.hosts.empty())
    throw Error({.thing = run.directory,
                 .cause = "is a sum of several hosts already",
                 .way_out = "merge their own runs with the others"});
  RequireSame(host, run);
  RunRecord& all = merged_.record;
  if (first_.empty()) {
    first_ = host;
    all.environment = run.record.environment;
    all.start_ns = run.record.start_ns;
    all.poison = {.unit_bytes = run.record.poison.unit_bytes};
  }
  all.start_ns = std::min(all.start_ns, run.record.start_ns);
  for (const JobRecord& job : run.record.jobs) all.AddJob(job);
  PoisonRecord& poison = all.poison;
  poison.planted_sectors += run.record.poison.planted_sectors;
  poison.planted_pages += run.record.poison.planted_pages;
  poison.remaining_sectors += run.record.poison.remaining_sectors;
  poison.unlisted_disks += run.record.poison.unlisted_disks;
  poison.machine_checks += run.record.poison.machine_checks;
  poison.taken_pages += run.record.poison.taken_pages;
  unfinished_.insert(run.record.unfinished.begin(),
                     run.record.unfinished.end());
  for (const EnvironmentPart& part : kEnvironmentParts)
    environment_[part.key].insert(part.Of(run.record.environment));
  // The worst of them: a sum is judged by it.
  auto& check = all.environment.clock_check;
  const auto& its = run.record.environment.clock_check;
  if (!check || (check->verdict == ClockVerdict::kOk && its)) check = its;
  merged_.hosts.hosts.push_back(OnHost(host, run));
}

void RunMerger::AddMissing(const std::string& host, const std::string& source,
                           const std::string& why) {
  RequireNew(host);
  merged_.hosts.hosts.push_back(
      {.host = host, .source = source, .missing = why});
}

MergedRun RunMerger::Finish() {
  if (first_.empty())
    throw Error({.thing = "the runs",
                 .cause = "all are missing, so there is nothing to add up"});
  for (const EnvironmentPart& part : kEnvironmentParts) {
    if (!part.member) continue;
    std::string all;
    for (const std::string& one : environment_[part.key])
      all += (all.empty() ? "" : " | ") + (one.empty() ? "none" : one);
    if (environment_[part.key].size() > 1)
      merged_.record.environment.*part.member = all;
  }
  for (HostRecord& host : merged_.hosts.hosts) {
    if (!host.missing.empty()) {
      // No job's sum is whole.
      for (const JobRecord& job : merged_.record.jobs)
        unfinished_.insert(job.name);
      continue;
    }
    std::set<std::string> unfinished(host.unfinished.begin(),
                                     host.unfinished.end());
    for (const JobRecord& job : merged_.record.jobs)
      if (std::ranges::find(host.jobs, job.name, &HostJob::name) ==
          host.jobs.end())
        unfinished.insert(job.name);
    host.unfinished = {unfinished.begin(), unfinished.end()};
    unfinished_.insert(unfinished.begin(), unfinished.end());
  }
  merged_.record.unfinished = {unfinished_.begin(), unfinished_.end()};
  std::sort(
      merged_.hosts.hosts.begin(), merged_.hosts.hosts.end(),
      [](const HostRecord& a, const HostRecord& b) { return a.host < b.host; });
  return std::move(merged_);
}

}  // namespace daxmend
