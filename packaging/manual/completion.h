// SPDX-License-Identifier: GPL-2.0-only
//
// Completion for bash: subcommands, options, and the words of options that take
// one of a few; file names for everything else.
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_COMPLETION_H_
#define DAXMEND_PACKAGING_MANUAL_COMPLETION_H_

#include <string>

#include "packaging/manual/command_text.h"

namespace daxmend {

// A script that bash-completion loads when it is called as the program is.
std::string BashCompletion(const CommandText& root);

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_COMPLETION_H_
