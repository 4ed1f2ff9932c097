// SPDX-License-Identifier: GPL-2.0-only

#include "cli/usage/help_text.h"

#include <fmt/core.h>

#include <set>
#include <vector>

namespace daxmend {
namespace {

// Where descriptions begin.
constexpr size_t kColumn = 30;

std::string Row(const std::string& name, const std::string& description) {
  std::string row = "  " + name;
  if (description.empty()) return row + "\n";
  if (row.size() >= kColumn)
    row += "\n" + std::string(kColumn, ' ');
  else
    row.resize(kColumn, ' ');
  for (const char c : description) {
    row += c;
    if (c == '\n') row.append(kColumn, ' ');
  }
  return row + "\n";
}

// Sorted: the sets go by address.
template <class Options>
std::string Others(const char* word, const Options& options) {
  if (options.empty()) return "";
  std::set<std::string> names;
  for (const CLI::Option* option : options) names.insert(option->get_name());
  std::string text = fmt::format(" {}:", word);
  for (const std::string& name : names) text += " " + name;
  return text;
}

bool Many(const CLI::Option& option) {
  return option.get_expected_max() >= CLI::detail::expected_max_vector_size;
}

// "SIZE=4096 Excludes: --every", behind the name.
std::string ValueOf(const CLI::Option& option) {
  std::string text;
  if (option.get_type_size() != 0) {
    if (!option.get_type_name().empty()) text += " " + option.get_type_name();
    if (!option.get_default_str().empty())
      text += "=" + option.get_default_str();
    if (Many(option)) text += " ...";
    if (option.get_required()) text += " REQUIRED";
  }
  if (!option.get_envname().empty())
    text += fmt::format(" (Env:{})", option.get_envname());
  return text + Others("Needs", option.get_needs()) +
         Others("Excludes", option.get_excludes());
}

std::vector<const CLI::Option*> OptionsOf(const CLI::App& app,
                                          bool positional) {
  // Each group has a --help, too.
  const CLI::Option* not_shown =
      app.get_name().empty() ? app.get_help_ptr() : nullptr;
  return app.get_options([=](const CLI::Option* option) {
    return option != not_shown && !option->get_group().empty() &&
           (positional ? option->get_positional() : option->nonpositional());
  });
}

std::string Rows(const std::vector<const CLI::Option*>& options,
                 bool positional) {
  std::string text;
  for (const CLI::Option* option : options)
    text += Row(option->get_name(positional, !positional) + ValueOf(*option),
                option->get_description());
  return text;
}

std::string UsageLine(const CLI::App& app, const std::string& called,
                      bool subcommands) {
  std::string line = "Usage: " + called;
  if (!OptionsOf(app, false).empty()) line += " [OPTIONS]";
  for (const CLI::Option* option : OptionsOf(app, true)) {
    const std::string name =
        option->get_name(true, false) + (Many(*option) ? "..." : "");
    line += option->get_required() ? " " + name : " [" + name + "]";
  }
  return line + (subcommands ? " SUBCOMMAND\n" : "\n");
}

}  // namespace

std::string HelpText(const CLI::App& app, const std::string& called) {
  std::vector<const CLI::App*> subcommands, groups;
  for (const CLI::App* sub :
       app.get_subcommands([](const CLI::App*) { return true; }))
    (sub->get_name().empty() ? groups : subcommands).push_back(sub);
  std::string text = app.get_description() + "\n" +
                     UsageLine(app, called, !subcommands.empty());
  if (const auto positional = OptionsOf(app, true); !positional.empty())
    text += "\nPositionals:\n" + Rows(positional, true);
  if (const auto options = OptionsOf(app, false); !options.empty())
    text += "\nOptions:\n" + Rows(options, false);
  for (const CLI::App* group : groups)
    text += fmt::format("\n{}:\n{}",
                        group->get_require_option_max() == 1
                            ? "At most one of these options"
                            : "More options",
                        Rows(OptionsOf(*group, false), false));
  if (!subcommands.empty()) text += "\nSubcommands:\n";
  for (const CLI::App* sub : subcommands)
    text += Row(sub->get_name(), sub->get_description());
  if (const std::string footer = app.get_footer(); !footer.empty())
    text += "\n" + footer + "\n";
  return text;
}

}  // namespace daxmend
