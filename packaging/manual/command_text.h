// SPDX-License-Identifier: GPL-2.0-only
//
// What the command line says of itself, as text: the one source of --help, the
// manual pages and the completion.
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_COMMAND_TEXT_H_
#define DAXMEND_PACKAGING_MANUAL_COMMAND_TEXT_H_

#include <string>
#include <vector>

namespace daxmend {

struct OptionText {
  // "--help", "-h"; of a positional argument its name.
  std::vector<std::string> names;
  std::string value = {};  // what stands for its value; empty for a flag
  // The words it takes, where it takes no others.
  std::vector<std::string> choices = {};
  std::string description = {};
  std::string default_value = {};
  bool required = false;
  bool repeatable = false;
  // Names of options it needs and cannot go with.
  std::vector<std::string> needs = {};
  std::vector<std::string> excludes = {};
};

struct CommandText {
  std::string name;  // "daxmend", "inject"
  std::string description;
  std::vector<OptionText> options;
  std::vector<OptionText> arguments;
  bool passes_rest = false;  // unknown arguments go to another program
  std::string footer;
  std::vector<CommandText> subcommands;
};

// Of `daxmend` and all its subcommands.
CommandText DescribeDaxmend();

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_COMMAND_TEXT_H_
