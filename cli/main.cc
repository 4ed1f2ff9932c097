// SPDX-License-Identifier: GPL-2.0-only

#include <cstdio>
#include <exception>
#include <vector>

#include "cli/command.h"
#include "core/version.h"

namespace daxmend {
namespace {

int Main(int argc, char** argv) {
  CLI::App root(
      "Measures what it costs to recover from poisoned persistent memory.",
      "daxmend");
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string("daxmend ") + kVersion);
  root.footer(
      "Exit status: 0 yes, 1 the answer is no (a failed gate or check), 2 it "
      "could not be asked.\n'daxmend SUBCOMMAND --help' tells more.");
  const std::vector<Command> commands = {
      AddBench(root),   AddClear(root),     AddGate(root),     AddHistory(root),
      AddInject(root),  AddInjectors(root), AddList(root),     AddReport(root),
      AddRestore(root), AddRun(root),       AddValidate(root), AddVm(root),
      AddWatch(root),
  };
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return root.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return root.exit(e);
  } catch (const CLI::ParseError& e) {
    std::fprintf(stderr, "daxmend: %s (see daxmend --help)\n", e.what());
    return kCannotAsk;
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    try {
      return command.run();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "daxmend %s: %s\n", command.app->get_name().c_str(),
                   e.what());
      return kCannotAsk;
    }
  }
  return kCannotAsk;
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) { return daxmend::Main(argc, argv); }
