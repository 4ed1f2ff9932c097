// SPDX-License-Identifier: GPL-2.0-only

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/usage/help_text.h"
#include "cli/usage/usage.h"
#include "core/error.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

// Null where `app` has none of that name.
const CLI::App* Subcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub :
       app.get_subcommands([](const CLI::App*) { return true; }))
    if (sub->get_name() == name) return sub;
  return nullptr;
}

int Help(const CLI::App& root, const std::vector<std::string>& names) {
  const CLI::App* of = &root;
  std::string called = root.get_name();
  for (const std::string& name : names) {
    const CLI::App* next = Subcommand(*of, name);
    if (!next) throw Error(NoSubcommand(*of, name));
    of = next;
    called += " " + name;
  }
  // App::help() is that of the subcommand that was parsed, this one.
  PrintOut(HelpText(*of, called));
  return kOk;
}

}  // namespace

Command AddHelp(CLI::App& root) {
  auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* app =
      root.add_subcommand("help", "Print this help, or that of a subcommand");
  app->add_option("SUBCOMMAND", *names, "Whose help to print");
  app->footer(
      "Example: daxmend help history add\n\n"
      "Exit status: 0 printed, 2 there is no such subcommand.");
  return {app, [&root, names] { return Help(root, *names); }};
}

}  // namespace daxmend
