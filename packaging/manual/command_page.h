// SPDX-License-Identifier: GPL-2.0-only
//
// The manual pages of `daxmend` and its subcommands, daxmend(1) and
// daxmend-NAME(1).
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_COMMAND_PAGE_H_
#define DAXMEND_PACKAGING_MANUAL_COMMAND_PAGE_H_

#include <string>

#include "packaging/manual/command_text.h"
#include "packaging/manual/roff.h"

namespace daxmend {

// The page of the whole.
std::string RootPage(const CommandText& root, const PageOrigin& origin);

// The page of one subcommand of `root`.
std::string SubcommandPage(const CommandText& root, const CommandText& command,
                           const PageOrigin& origin);

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_COMMAND_PAGE_H_
