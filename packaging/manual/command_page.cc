// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/command_page.h"

#include "core/text.h"
#include "packaging/manual/footer.h"

namespace daxmend {
namespace {

// whatis(1) shows no sentence: one line, no capital, no full stop.
std::string Purpose(std::string description) {
  description = description.substr(0, description.find('\n'));
  if (description.ends_with('.')) description.pop_back();
  if (!description.empty() && description[0] >= 'A' && description[0] <= 'Z')
    description[0] = static_cast<char>(description[0] - 'A' + 'a');
  return description;
}

std::string Sentence(std::string text) {
  if (!text.empty() && !text.ends_with('.')) text += '.';
  return text;
}

std::string DescriptionOf(const OptionText& option) {
  std::string text = Sentence(option.description);
  if (!option.default_value.empty() && option.default_value != "[]")
    text += " Default: " + option.default_value + ".";
  if (!option.needs.empty()) text += " Needs " + Joined(option.needs) + ".";
  if (!option.excludes.empty())
    text += " Not together with " + Joined(option.excludes) + ".";
  return text;
}

std::string Tag(const OptionText& option) {
  std::string tag;
  for (const std::string& name : option.names)
    tag += (tag.empty() ? "" : ", ") + RoffBold(name);
  if (option.value.empty()) return tag;
  tag += ' ';
  return tag + (option.choices.empty() ? RoffItalic(option.value)
                                       : RoffText(option.value));
}

std::string Synopsis(const std::string& program, const CommandText& command) {
  std::string line = RoffBold(program);
  if (!command.options.empty()) line += " [" + RoffItalic("OPTION") + "]...";
  for (const OptionText& argument : command.arguments) {
    std::string text = RoffItalic(argument.names.front());
    if (argument.repeatable) text += "...";
    line += argument.required ? " " + text : " [" + text + "]";
  }
  if (command.passes_rest)
    line += " [" + RoffBold("--") + "] " + RoffItalic("ARGUMENT") + "...";
  return line;
}

std::string Options(const CommandText& command) {
  std::string out;
  if (!command.arguments.empty()) {
    out += RoffSection("ARGUMENTS");
    for (const OptionText& argument : command.arguments)
      out +=
          RoffItem(RoffItalic(argument.names.front()), DescriptionOf(argument));
  }
  if (!command.options.empty()) {
    out += RoffSection("OPTIONS");
    for (const OptionText& option : command.options)
      out += RoffItem(Tag(option), DescriptionOf(option));
  }
  return out;
}

// A subcommand's own subcommands (daxmend history add).
std::string Inner(const std::string& program, const CommandText& command) {
  std::string out;
  for (const CommandText& inner : command.subcommands) {
    out += RoffSection("SUBCOMMAND " + inner.name);
    out += ".PP\n" + Synopsis(program + " " + inner.name, inner) + "\n";
    out += RoffParagraph(Sentence(inner.description));
    for (const OptionText& argument : inner.arguments)
      out +=
          RoffItem(RoffItalic(argument.names.front()), DescriptionOf(argument));
    for (const OptionText& option : inner.options)
      out += RoffItem(Tag(option), DescriptionOf(option));
  }
  return out;
}

std::string Description(const CommandText& command, const Footer& footer) {
  std::string out = RoffSection("DESCRIPTION");
  out += RoffParagraph(Sentence(command.description));
  for (const FooterPart& part : footer.description)
    out += part.lines.empty() ? RoffParagraph(part.text)
                              : RoffVerbatim(part.lines);
  return out;
}

std::string Ending(const Footer& footer) {
  std::string out;
  if (!footer.exit_status.empty())
    out += RoffSection("EXIT STATUS") + RoffParagraph(footer.exit_status);
  if (!footer.examples.empty())
    out += RoffSection("EXAMPLES") + RoffVerbatim(footer.examples);
  return out;
}

}  // namespace

std::string RootPage(const CommandText& root, const PageOrigin& origin) {
  const Footer footer = ParseFooter(root.footer);
  std::string out = RoffHead(origin, root.name, Purpose(root.description));
  out += RoffSection("SYNOPSIS") + RoffBold(root.name) + " " +
         RoffItalic("SUBCOMMAND") + " [" + RoffItalic("OPTION") + "]... [" +
         RoffItalic("ARGUMENT") + "]...\n";
  out += Description(root, footer);
  out += RoffSection("SUBCOMMANDS");
  std::vector<std::string> pages;
  for (const CommandText& command : root.subcommands) {
    const std::string page = root.name + "-" + command.name;
    out += RoffItem(RoffBold(page) + "(1)", Sentence(command.description));
    pages.push_back(page + "(1)");
  }
  out += Options(root) + Ending(footer);
  for (const char* page : {"fio-daxmend(1)", "fio(1)", "ndctl(1)"})
    pages.emplace_back(page);
  return out + RoffSeeAlso(pages);
}

std::string SubcommandPage(const CommandText& root, const CommandText& command,
                           const PageOrigin& origin) {
  const Footer footer = ParseFooter(command.footer);
  const std::string program = root.name + " " + command.name;
  std::string out = RoffHead(origin, root.name + "-" + command.name,
                             Purpose(command.description));
  out += RoffSection("SYNOPSIS");
  if (footer.usage.empty()) out += Synopsis(program, command) + "\n";
  for (const std::string& usage : footer.usage) out += RoffText(usage) + "\n";
  for (const CommandText& inner : command.subcommands)
    out += ".br\n" + Synopsis(program + " " + inner.name, inner) + "\n";
  out += Description(command, footer) + Options(command);
  out += Inner(program, command) + Ending(footer);
  return out + RoffSeeAlso({root.name + "(1)", "fio-daxmend(1)"});
}

}  // namespace daxmend
