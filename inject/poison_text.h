// SPDX-License-Identifier: GPL-2.0-only
//
// Poison for people and for scripts: the table of `daxmend list`, the lines of
// `daxmend watch`.
//
// Pure; thread-safe.

#ifndef DAXMEND_INJECT_POISON_TEXT_H_
#define DAXMEND_INJECT_POISON_TEXT_H_

#include <string>

#include "inject/poison_list.h"
#include "inject/poison_watch.h"

namespace daxmend {

// A line for each range and one for their sum, or one that there is none. The
// columns are as wide as what is in them, so that a line fits into 80 columns
// as long as the owner's name does. Printable, whatever the files are called.
std::string ToText(const PoisonListing& listing);
// The text of `daxmend list --json`; `daxmend inject --plan` reads it.
std::string ToJson(const PoisonListing& listing);

// One line for an event of `time`, and the same as a JSON object.
std::string ToText(const PoisonEvent& event, const std::string& time);
std::string ToJson(const PoisonEvent& event, const std::string& time);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_TEXT_H_
