// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "core/printable.h"
#include "results/hosts/collector.h"
#include "results/hosts/fio_hosts.h"
#include "results/hosts/hosts_table.h"
#include "results/hosts/in_parallel.h"
#include "results/hosts/merge_hosts.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

struct CollectCommand {
  std::vector<std::string> hosts;
  std::string out = "results/latest", shell;
  CollectOptions options;
  unsigned timeout = 60;
  bool keep_going = false;
};

// Of one host; the files of its run that could not be read.
std::vector<std::string> Bring(const std::string& host,
                               const CollectOptions& options,
                               const std::string& to) {
  const Collected collected = CollectFrom(host, options);
  StoreCollected(collected, to);
  return collected.unreadable;
}

// Of what fio's client has said of the whole run, where that was one of
// `daxmend run --client=` which is completed here.
std::vector<std::string> KeptIn(const std::string& out) {
  if (!std::filesystem::exists(out + "/hosts.json")) return {};
  return {"fio.json", "origin.json"};
}

int Collect(CollectCommand command) {
  CollectOptions& options = command.options;
  options.timeout = std::chrono::seconds(command.timeout);
  if (!command.shell.empty()) {
    std::istringstream words(command.shell);
    options.shell.clear();
    for (std::string word; words >> word;) options.shell.push_back(word);
  }
  if (options.shell.empty())
    throw Error({.thing = "--rsh",
                 .cause = "names no program",
                 .way_out = "write it as --rsh 'ssh -p 2222'"});
  const std::vector<std::string> hosts = HostWords(command.hosts);
  RequireOwnDirectories(hosts);
  std::vector<HostRun> runs(hosts.size());
  std::vector<std::vector<std::string>> unreadable(hosts.size());
  InParallel(hosts.size(), "daxmend collect", [&](size_t i) {
    runs[i] = {
        .host = hosts[i],
        .directory = command.out + "/hosts/" + DirectoryOfHost(hosts[i])};
    try {
      unreadable[i] = Bring(hosts[i], options, runs[i].directory);
    } catch (const std::exception& e) {
      runs[i].missing = e.what();
    }
  });
  size_t missing = 0;
  for (const HostRun& run : runs)
    if (!run.missing.empty() && missing++ == 0 && runs.size() == 1)
      throw Error(run.missing);
  if (missing == runs.size())
    throw Error(fmt::format("{} (and none of the other {})",
                            runs.front().missing, runs.size() - 1));
  const HostsRecord record = MergeHosts(runs, command.out, true,
                                        "daxmend collect", KeptIn(command.out));
  PrintOut(HostsAsText(record, OutputColumns()) + "merged   " + command.out +
           "/run.json\n");
  bool whole = std::ranges::all_of(record.hosts, [](const HostRecord& host) {
    return host.missing.empty();
  });
  for (size_t i = 0; i < hosts.size(); ++i)
    for (const std::string& file : unreadable[i]) {
      std::fprintf(stderr,
                   "daxmend collect: host %s has a %s that cannot be "
                   "read there\n",
                   Printable(hosts[i]).c_str(), file.c_str());
      whole = false;
    }
  return whole || command.keep_going ? kOk : kError;
}

}  // namespace

Command AddCollect(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "collect", "Bring the results of hosts here by ssh, and add them up");
  auto command = std::make_shared<CollectCommand>();
  app->add_option("HOST", command->hosts,
                  "As for ssh (USER@HOST), or a file that lists some")
      ->required();
  app->add_option("--from", command->options.from,
                  "The directory of the run there, from the login's directory")
      ->type_name("DIR")
      ->capture_default_str();
  app->add_option("--out", command->out,
                  "Directory for hosts/HOST/run.json and what is beside it "
                  "there, and for the sum, run.json and hosts.json")
      ->type_name("DIR")
      ->capture_default_str();
  app->add_option("-e,--rsh", command->shell,
                  "Start sh on a host by this, the host's name behind it "
                  "(default: ssh -o BatchMode=yes -o ConnectTimeout=10)")
      ->type_name("COMMAND");
  app->add_option("--timeout", command->timeout, "Seconds that a host may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1u, 86400u))
      ->capture_default_str();
  app->add_flag("--keep-going", command->keep_going,
                "End with 0 although something of a host is missing");
  app->footer(
      "A host that cannot be reached, or has no run.json there, is marked as "
      "missing in the sum.\n\nExit status: 0 collected, 2 not, or not from all "
      "hosts.\n\nExamples: daxmend collect host1 host2 --out all\n"
      "          daxmend collect hosts.txt --from /srv/run -e 'ssh -l root'");
  return {app, [command] { return Collect(*command); }};
}

}  // namespace daxmend
