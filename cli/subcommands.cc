// SPDX-License-Identifier: GPL-2.0-only

#include "cli/subcommands.h"

#include <string>

#include "cli/usage/help_text.h"
#include "core/version.h"

namespace daxmend {

std::vector<Command> AddSubcommands(CLI::App& root) {
  root.description(
      "Measures what it costs to recover from poisoned persistent memory.");
  root.name("daxmend");
  // Subcommands have it from here.
  root.formatter_fn([](const CLI::App* app, const std::string& called,
                       CLI::AppFormatMode) { return HelpText(*app, called); });
  root.require_subcommand(1);
  root.set_version_flag("-V,--version", std::string("daxmend ") + kVersion);
  root.footer(
      "Exit status: 0 success, 1 a failed gate or check, 2 an error.\n'daxmend "
      "help SUBCOMMAND' tells more.");
  return {
      AddBench(root),   AddClear(root),   AddCollect(root),  AddGate(root),
      AddHelp(root),    AddHistory(root), AddInject(root),   AddInjectors(root),
      AddList(root),    AddMerge(root),   AddProfile(root),  AddReport(root),
      AddRestore(root), AddRun(root),     AddValidate(root), AddVm(root),
      AddWatch(root),
  };
}

}  // namespace daxmend
