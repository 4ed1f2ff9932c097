// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/run_on_hosts.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/printable.h"
#include "records/earlier_results.h"
#include "results/hosts/arrived_files.h"
#include "results/hosts/fio_hosts.h"
#include "results/hosts/hosts_table.h"
#include "results/hosts/in_parallel.h"
#include "results/hosts/merge_hosts.h"
#include "results/hosts/sent_job.h"
#include "results/hosts/server_check.h"
#include "results/run/fio_by_host.h"
#include "results/run/fio_run.h"
#include "results/standard_output.h"
#include "system/file_io.h"
#include "system/limits/descriptor_limit.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kDoing[] = "daxmend run";

void Note(const std::string& text) {
  std::fprintf(stderr, "%s: %s\n", kDoing, Printable(text).c_str());
}

// fio's client has a connection to each host.
void CheckDescriptorLimit(size_t hosts) {
  const uint64_t wanted = DescriptorsWanted(hosts);
  const uint64_t limit = RaiseDescriptorLimit(wanted);
  if (limit < wanted)
    throw Error({.thing = fmt::format("a run on {} hosts", hosts),
                 .cause = fmt::format("opens {} descriptors, but this process "
                                      "may have {}",
                                      wanted, limit),
                 .way_out = fmt::format("run ulimit -n {} first", wanted)});
}

std::vector<std::string> TextsOf(const std::vector<std::string>& jobs) {
  if (jobs.empty())
    throw Error({.thing = "JOBFILE",
                 .cause = "is missing",
                 .way_out = "run daxmend run --client=HOST... JOBFILE..."});
  std::vector<std::string> texts;
  for (const std::string& job : jobs) {
    if (job.starts_with("-"))
      throw Error({.thing = job,
                   .cause = "is no job file, of which a run on hosts takes "
                            "nothing else",
                   .way_out = "put --client= first, and what is fio's into the "
                              "job file"});
    texts.push_back(JobAsSent(ReadFile(job)));
  }
  return texts;
}

// The name without directories; "" where no job has one.
std::string RunLogOf(const std::vector<std::string>& texts) {
  std::set<std::string> logs;
  for (const std::string& text : texts)
    logs.merge([&] {
      const std::vector<std::string> some = PathLogsIn(text);
      return std::set<std::string>(some.begin(), some.end());
    }());
  if (logs.size() > 1)
    throw Error(
        {.thing = "the job",
         .cause = fmt::format("has {} path_log=, {} and {}", logs.size(),
                              *logs.begin(), *std::next(logs.begin())),
         .way_out = "give it one: a host sends one run.json"});
  return logs.empty() ? "" : fs::path(*logs.begin()).filename().string();
}

std::vector<ServerAnswer> AskAll(const std::vector<FioHost>& hosts,
                                 const std::vector<std::string>& texts) {
  std::vector<ServerAnswer> answers(hosts.size());
  std::vector<std::optional<Error>> errors(hosts.size());
  InParallel(hosts.size(), std::string(kDoing) + ": asking", [&](size_t i) {
    try {
      answers[i] = CheckServer(hosts[i], texts);
    } catch (const Error& e) {
      errors[i] = e;
    } catch (const std::exception& e) {
      errors[i] = Error(e.what());
    }
  });
  std::optional<Error> first;
  size_t more = 0;
  for (const std::optional<Error>& error : errors) {
    if (error && first) ++more;
    if (error && !first) first = error;
  }
  if (!first) return answers;
  if (more == 0) throw *first;
  throw Error(
      fmt::format("{} ({} more hosts cannot run it)", first->what(), more));
}

// Hosts of another run than this one leave nothing that could be its.
void SetAsideHosts(const std::string& directory,
                   const std::vector<FioHost>& hosts) {
  for (const char* name : {"run.json", "hosts.json", "inject.json"})
    SetAside(directory + "/" + name);
  for (const FioHost& host : hosts)
    for (const char* name : {"run.json", "inject.json", "fio.json"})
      SetAside(directory + "/hosts/" + DirectoryOfHost(host.name) + "/" + name);
}

std::vector<std::string> SectionsOf(const std::vector<std::string>& texts) {
  std::vector<std::string> sections;
  for (const std::string& text : texts)
    for (std::string& section : SectionsIn(text))
      sections.push_back(std::move(section));
  return sections;
}

std::vector<HostRun> CollectRuns(const std::string& directory,
                                 const std::vector<FioHost>& hosts,
                                 const std::vector<ServerAnswer>& answers,
                                 const std::vector<std::string>& sections) {
  const std::string whole = directory + "/fio.json";
  const FioByHost fio(fs::exists(whole) ? ReadFile(whole) : "");
  std::vector<HostRun> runs;
  for (size_t i = 0; i < hosts.size(); ++i) {
    const std::string to =
        directory + "/hosts/" + DirectoryOfHost(hosts[i].name);
    MakeDirectory(to);
    HostRun run = {.host = hosts[i].name, .directory = to};
    const size_t results = fio.results(hosts[i].name);
    if (results > 0) ReplaceFile(to + "/fio.json", fio.JsonOf(hosts[i].name));
    run.cut_short = results < answers[i].results;
    if (run.cut_short) run.sections = sections;
    if (!fs::exists(to + "/run.json"))
      run.missing = run.cut_short ? "it ended before any job did"
                                  : "it has sent no run.json";
    else if (run.cut_short)
      Note(
          fmt::format("host {} ended early: {} of {} results came back, and "
                      "what it had measured by then",
                      run.host, results, answers[i].results));
    runs.push_back(std::move(run));
  }
  return runs;
}

// What came before fio's results could not be kept: for the end of that error.
std::string WhereItIs(ArrivedFiles* arrived, const std::string& to,
                      const std::string& run_log) {
  try {
    return arrived->MoveTo(to, run_log) == 0
               ? ""
               : "; what the hosts sent is in " + to;
  } catch (const Error& e) {
    return std::string("; ") + e.what();
  }
}

}  // namespace

int RunOnHosts(const std::string& directory,
               const std::vector<std::string>& clients,
               const std::vector<std::string>& jobs, const Origin& origin) {
  const std::vector<FioHost> hosts = FioHostsOf(clients);
  const std::vector<std::string> texts = TextsOf(jobs);
  RequireFio();
  const std::string run_log = RunLogOf(texts);
  CheckDescriptorLimit(hosts.size());
  const std::vector<ServerAnswer> answers = AskAll(hosts, texts);

  MakeDirectory(directory);
  SetAsideHosts(directory, hosts);
  ArrivedFiles arrived(directory, hosts, {run_log, "inject.json"});
  std::vector<std::string> arguments;
  for (const FioHost& host : hosts) {
    arguments.push_back("--client=" + host.word);
    for (const std::string& job : jobs) arguments.push_back(fs::absolute(job));
  }
  const std::string to = directory + "/hosts";
  int status;
  try {
    status = RunFio(directory, arguments, origin,
                    {.directory = arrived.path(), .hangup = SIGTERM});
  } catch (const Error& e) {
    throw Error(e.what() + WhereItIs(&arrived, to, run_log));
  }
  arrived.MoveTo(to, run_log);
  const std::vector<HostRun> runs =
      CollectRuns(directory, hosts, answers, SectionsOf(texts));
  if (run_log.empty()) {
    Note("the job has no path_log=, so that there is nothing to add up");
    return status;
  }
  size_t came = 0;
  for (const HostRun& run : runs) came += run.missing.empty();
  if (came == 0)
    throw Error(
        {.thing = "the hosts",
         .cause = fmt::format("sent no run.json (fio ended with {})", status),
         .way_out = "see above, and daxmend collect"});
  const HostsRecord record =
      MergeHosts(runs, directory, true, kDoing, {"fio.json", "origin.json"});
  PrintOut(HostsAsText(record, OutputColumns()) + "merged   " + directory +
           "/run.json\n");
  const bool whole =
      std::ranges::all_of(record.hosts, [](const HostRecord& host) {
        return host.missing.empty() && host.unfinished.empty();
      });
  return status == 0 && !whole ? 1 : status;
}

}  // namespace daxmend
