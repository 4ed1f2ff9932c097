// SPDX-License-Identifier: GPL-2.0-only
//
// Standard output that does not lose anything silently.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_STANDARD_OUTPUT_H_
#define DAXMEND_RESULTS_STANDARD_OUTPUT_H_

#include <cstddef>
#include <string_view>

namespace daxmend {

// Prints `text` and flushes it. Throws Error when it could not all be written
// (a full disk behind a redirection).
void PrintOut(std::string_view text);

// How wide what is printed may be: the terminal's width where standard output
// is one that tells, else 80.
size_t OutputColumns();

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_STANDARD_OUTPUT_H_
