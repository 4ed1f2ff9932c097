// SPDX-License-Identifier: GPL-2.0-only
//
// What to say of a command line that cannot be understood: one line that names
// the word at fault, what was probably meant, and the help that tells more.
//
// Pure; thread-safe.

#ifndef DAXMEND_CLI_USAGE_USAGE_H_
#define DAXMEND_CLI_USAGE_USAGE_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace daxmend {

// The one of `candidates` that `word` is most likely a misspelling of: it
// begins with it, or differs in a few letters (two neighbours in the wrong
// order are one difference). None where nothing is near.
std::optional<std::string> Nearest(const std::string& word,
                                   const std::vector<std::string>& candidates);

// "name one of bench, clear ... or vm": for a command line without any.
std::string SubcommandsOf(const CLI::App& app);

// The line for `error`, which `root.parse(words)` threw, without "daxmend: ".
std::string UsageError(const CLI::App& root, const CLI::ParseError& error,
                       const std::vector<std::string>& words);

// The error for a subcommand that is none ("there is no subcommand lits: ...").
std::string NoSubcommand(const CLI::App& app, const std::string& word);

}  // namespace daxmend

#endif  // DAXMEND_CLI_USAGE_USAGE_H_
