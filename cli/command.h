// SPDX-License-Identifier: GPL-2.0-only
//
// The subcommands of `daxmend`. Each has a file of its own in cli/ that parses,
// calls and prints; main.cc runs the one that was named.
//
// Exit codes: kOk, kFailed (a failed gate, a failed check), kError (usage,
// missing privilege, missing device). A subcommand returns one of them (vm and
// run: their COMMAND's) or throws Error, which main prints as one line and
// turns into kError.

#ifndef DAXMEND_CLI_COMMAND_H_
#define DAXMEND_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

namespace daxmend {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kError = 2;

struct Command {
  CLI::App* app;
  std::function<int()> run;
};

// Each adds its subcommand and options to `root`.
Command AddBench(CLI::App& root);
Command AddClear(CLI::App& root);
Command AddCollect(CLI::App& root);
Command AddGate(CLI::App& root);
Command AddHelp(CLI::App& root);
Command AddHistory(CLI::App& root);
Command AddInject(CLI::App& root);
Command AddInjectors(CLI::App& root);
Command AddList(CLI::App& root);
Command AddMerge(CLI::App& root);
Command AddProfile(CLI::App& root);
Command AddReport(CLI::App& root);
Command AddRestore(CLI::App& root);
Command AddRun(CLI::App& root);
Command AddValidate(CLI::App& root);
Command AddVm(CLI::App& root);
Command AddWatch(CLI::App& root);

}  // namespace daxmend

#endif  // DAXMEND_CLI_COMMAND_H_
