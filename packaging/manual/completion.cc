// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/completion.h"

namespace daxmend {
namespace {

// "COMMAND", "COMMAND SUBCOMMAND": what stands in $command.
std::string Key(const std::string& above, const CommandText& command) {
  return above.empty() ? command.name : above + " " + command.name;
}

std::string NamesOf(const std::vector<CommandText>& commands) {
  std::string names;
  for (const CommandText& one : commands) names += one.name + " ";
  return names;
}

// `help` is followed by a command's name, any of those of the top.
constexpr char kHelp[] = "help";

// One line a command: what may come in its place.
void AddWords(const std::string& key, const CommandText& command,
              const std::vector<CommandText>& all, std::string& out) {
  std::string words = NamesOf(key == kHelp ? all : command.subcommands);
  for (const OptionText& option : command.options)
    for (const std::string& name : option.names)
      if (name.starts_with("--")) words += name + " ";
  if (words.ends_with(' ')) words.pop_back();
  out += "    '" + key + "') words='" + words + "' ;;\n";
  for (const CommandText& sub : command.subcommands)
    AddWords(Key(key, sub), sub, all, out);
}

// One line an option that takes a value: the words it takes, or none for a
// file's name or something only the user knows.
void AddValues(const std::string& key, const CommandText& command,
               std::string& out) {
  for (const OptionText& option : command.options) {
    if (option.value.empty()) continue;
    for (const std::string& name : option.names) {
      std::string words;
      for (const std::string& word : option.choices)
        words += (words.empty() ? "" : " ") + word;
      out += "    '" + key + ":" + name + "') values='" + words + "' ;;\n";
    }
  }
  for (const CommandText& sub : command.subcommands)
    AddValues(Key(key, sub), sub, out);
}

// The commands that are followed by others, "a|b|c".
void AddNames(const std::string& key, const CommandText& command,
              std::string& out) {
  for (const CommandText& sub : command.subcommands) {
    out += (out.empty() ? "'" : " | '") + key + ":" + sub.name + "'";
    AddNames(Key(key, sub), sub, out);
  }
}

}  // namespace

std::string BashCompletion(const CommandText& root) {
  std::string names;
  AddNames("", root, names);
  std::string words;
  std::string values;
  // At the top $command is empty: its name is of no use to the script.
  CommandText top = root;
  top.name.clear();
  AddWords("", top, top.subcommands, words);
  AddValues("", top, values);
  const std::string function = "_" + root.name;
  return "# bash completion for " + root.name +
         R"(                                -*- shell-script -*-
# Generated from what its --help says: change that, not this.

)" + function +
         R"(() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' words='' values='none' i
  COMPREPLY=()
  # readline takes --clock=wall for three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    # What follows is another program's: file names.
    [[ ${COMP_WORDS[i]} != '--' ]] || return 0
    case "$command:${COMP_WORDS[i]}" in
      )" +
         names +
         R"()
        command+=${command:+ }${COMP_WORDS[i]}
        ;;
    esac
  done
  case "$command:$prev" in
)" + values +
         R"(  esac
  if [[ $values != none ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
    return 0
  fi
  case "$command" in
)" + words +
         R"(  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  elif [[ $words != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${words%% -*}" -- "$cur")
  fi
}
complete -o bashdefault -o default -F )" +
         function + " " + root.name + "\n";
}

}  // namespace daxmend
