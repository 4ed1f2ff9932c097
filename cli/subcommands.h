// SPDX-License-Identifier: GPL-2.0-only
//
// The command line as a whole: what `daxmend --help` shows, what main.cc
// parses, and what the manual pages and the shell completion are
// generated from (packaging/manual/).

#ifndef DAXMEND_CLI_SUBCOMMANDS_H_
#define DAXMEND_CLI_SUBCOMMANDS_H_

#include <vector>

#include "cli/command.h"

namespace daxmend {

// Adds every subcommand to `root`, in alphabetical order, and gives `root`
// itself its name, description, flags and footer.
std::vector<Command> AddSubcommands(CLI::App& root);

}  // namespace daxmend

#endif  // DAXMEND_CLI_SUBCOMMANDS_H_
