// SPDX-License-Identifier: GPL-2.0-only

#include "cli/usage/usage.h"

#include <algorithm>

namespace daxmend {
namespace {

// Letters to be inserted, left out, changed or swapped with their neighbour to
// make `b` of `a` (optimal string alignment).
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1,
                                     std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

std::vector<std::string> SubcommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands(
           [](const CLI::App* sub) { return !sub->get_name().empty(); }))
    names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  // Those of an option group are in an app without a name.
  for (const CLI::App* group : app.get_subcommands(
           [](const CLI::App* sub) { return sub->get_name().empty(); }))
    for (std::string& name : OptionNames(*group))
      names.push_back(std::move(name));
  return names;
}

std::string WayOut(const std::string& word,
                   const std::vector<std::string>& candidates,
                   const std::string& help) {
  const std::optional<std::string> nearest = Nearest(word, candidates);
  return nearest ? ": did you mean " + *nearest + "? (see '" + help + "')"
                 : ": see '" + help + "'";
}

// "daxmend history add"
std::string FullName(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent ? FullName(*parent) + " " + app.get_name() : app.get_name();
}

const CLI::App& LastParsed(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : LastParsed(*parsed.back());
}

// What was left over of the command line, of this app or those above.
std::string FirstExtra(const CLI::App& app) {
  for (const CLI::App* at = &app; at; at = at->get_parent())
    if (const std::vector<std::string> left = at->remaining(); !left.empty())
      return left.front();
  return "";
}

}  // namespace

std::optional<std::string> Nearest(const std::string& word,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> nearest;
  size_t least = 0;
  for (const std::string& candidate : candidates) {
    const size_t dashes = candidate.starts_with("--") ? 2 : 0;
    const size_t letters = candidate.size() - dashes;
    size_t distance = Distance(word, candidate);
    if (word.size() > 2 && candidate.starts_with(word)) distance = 1;
    if (distance > std::max<size_t>(1, letters / 3)) continue;
    if (nearest && distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

std::string SubcommandsOf(const CLI::App& app) {
  const std::vector<std::string> names = SubcommandNames(app);
  std::string text = "name one of ";
  for (size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

std::string NoSubcommand(const CLI::App& app, const std::string& word) {
  return "there is no subcommand " + word +
         WayOut(word, SubcommandNames(app), FullName(app) + " --help");
}

std::string UsageError(const CLI::App& root, const CLI::ParseError& error,
                       const std::vector<std::string>& words) {
  const CLI::App& app = LastParsed(root);
  const std::string help = FullName(app) + " --help";
  std::string extra = FirstExtra(app);
  // CLI11 misses the subcommand before it minds what is there instead.
  const bool has_subcommands = !SubcommandNames(app).empty();
  if (extra.empty() && has_subcommands && &app == &root && !words.empty())
    extra = words.front();
  // It misses a word before it minds an option that there is not, too.
  const bool is_left =
      dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
      (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
       (has_subcommands || extra.starts_with('-')));
  if (!is_left) return std::string(error.what()) + ": see '" + help + "'";
  if (extra.empty()) return SubcommandsOf(app) + ": see '" + help + "'";
  if (extra.size() > 1 && extra[0] == '-')
    return "there is no option " + extra +
           WayOut(extra.substr(0, extra.find('=')), OptionNames(app), help);
  if (has_subcommands) return NoSubcommand(app, extra);
  return "'" + extra + "' is one argument too many: see '" + help + "'";
}

}  // namespace daxmend
