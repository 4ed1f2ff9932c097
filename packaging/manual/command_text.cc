// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/command_text.h"

#include <algorithm>

#include "cli/subcommands.h"

namespace daxmend {
namespace {

// "{a,b}" is how CLI11 describes the words of a set.
std::vector<std::string> ChoicesOf(const std::string& type) {
  const size_t begin = type.find('{');
  const size_t end = type.find('}', begin);
  std::vector<std::string> words;
  if (begin == std::string::npos || end == std::string::npos) return words;
  std::string word;
  for (size_t at = begin + 1; at <= end; ++at) {
    if (type[at] != ',' && at != end) {
      word += type[at];
      continue;
    }
    // A map with what its words stand for: "wall->0".
    words.push_back(word.substr(0, word.find("->")));
    word.clear();
  }
  return words;
}

// CLI11 names a type "TEXT", "FILE", "UINT:INT in [1 - 64]", "UINT:SIZE [b,
// kb(=1024b), ...]": the last part says most.
std::string ValueName(const std::string& type) {
  const size_t colon = type.rfind(':');
  std::string name = colon == std::string::npos ? type : type.substr(colon + 1);
  if (name.starts_with("SIZE")) name = "SIZE";
  return name;
}

std::vector<std::string> NamesOf(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  std::ranges::sort(names);  // the set is in the order of addresses
  return names;
}

OptionText Describe(const CLI::Option& option, bool positional) {
  OptionText text;
  if (positional) {
    text.names = {option.get_name(true)};
  } else {
    for (const std::string& name : option.get_snames())
      text.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
      text.names.push_back("--" + name);
  }
  if (option.get_type_size() != 0) {
    const std::string type = option.get_type_name();
    text.choices = ChoicesOf(type);
    text.value = ValueName(type);
    text.default_value = option.get_default_str();
    text.repeatable =
        option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  }
  text.description = option.get_description();
  text.required = option.get_required();
  text.needs = NamesOf(option.get_needs());
  text.excludes = NamesOf(option.get_excludes());
  return text;
}

void AddOptions(const CLI::App& app, CommandText& text) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // CLI11: hidden
    if (option->nonpositional())
      text.options.push_back(Describe(*option, false));
    else
      text.arguments.push_back(Describe(*option, true));
  }
}

CommandText Describe(const CLI::App& app) {
  CommandText text;
  text.name = app.get_name();
  text.description = app.get_description();
  text.footer = app.get_footer();
  text.passes_rest = app.get_prefix_command();
  AddOptions(app, text);
  for (const CLI::App* sub : app.get_subcommands({})) {
    // CLI11 keeps groups of options as subcommands without a name.
    if (sub->get_name().empty())
      AddOptions(*sub, text);
    else
      text.subcommands.push_back(Describe(*sub));
  }
  return text;
}

}  // namespace

CommandText DescribeDaxmend() {
  CLI::App root;
  AddSubcommands(root);
  return Describe(root);
}

}  // namespace daxmend
