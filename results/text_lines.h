// SPDX-License-Identifier: GPL-2.0-only
//
// Text for terminals.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_TEXT_LINES_H_
#define DAXMEND_RESULTS_TEXT_LINES_H_

#include <string>

namespace daxmend {

// Names come from files: none of them may drive the terminal or break a line.
// Control characters become '?'.
std::string Printable(std::string text);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_TEXT_LINES_H_
