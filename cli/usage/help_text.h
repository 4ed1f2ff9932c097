// SPDX-License-Identifier: GPL-2.0-only
//
// What --help prints. CLI11 lays it out otherwise in each release (2.5 breaks
// the lines of footers anew), and users, the manual pages' source and tests
// read it: so it is ours, and the same everywhere.
//
// Pure; thread-safe.

#ifndef DAXMEND_CLI_USAGE_HELP_TEXT_H_
#define DAXMEND_CLI_USAGE_HELP_TEXT_H_

#include <CLI/CLI.hpp>
#include <string>

namespace daxmend {

// Of `app`, which is called `called` ("daxmend history add").
std::string HelpText(const CLI::App& app, const std::string& called);

}  // namespace daxmend

#endif  // DAXMEND_CLI_USAGE_HELP_TEXT_H_
