// SPDX-License-Identifier: GPL-2.0-only

#include <cstdio>
#include <exception>
#include <vector>

#include "cli/subcommands.h"
#include "core/printable.h"

namespace daxmend {
namespace {

int Main(int argc, char** argv) {
  CLI::App root;
  const std::vector<Command> commands = AddSubcommands(root);
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return root.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return root.exit(e);
  } catch (const CLI::ParseError& e) {
    std::fprintf(stderr, "daxmend: %s (see daxmend --help)\n",
                 Printable(e.what()).c_str());
    return kCannotAsk;
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    try {
      return command.run();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "daxmend %s: %s\n", command.app->get_name().c_str(),
                   Printable(e.what()).c_str());
      return kCannotAsk;
    }
  }
  return kCannotAsk;
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) { return daxmend::Main(argc, argv); }
