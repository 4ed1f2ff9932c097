// SPDX-License-Identifier: GPL-2.0-only
//
// Text of others (file names, job names, journal strings, fio's messages) made
// fit for a terminal and for one line: an escape sequence in a file name must
// not move the cursor, change a title or hide a line.
//
// Pure; thread-safe.

#ifndef DAXMEND_CORE_PRINTABLE_H_
#define DAXMEND_CORE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace daxmend {

// `text` with everything that a terminal could act on written out: control
// characters (C0, DEL, and C1 in UTF-8), the Unicode characters that change the
// direction of writing (U+202A to U+202E, U+2066 to U+2069) or break lines
// (U+2028, U+2029), and bytes that are not UTF-8. Each of their bytes becomes
// \xHH; newline, tab and carriage return become \n, \t, \r. All other text,
// backslashes too, stays as it is: this is for reading, not for parsing.
std::string Printable(std::string_view text);

}  // namespace daxmend

#endif  // DAXMEND_CORE_PRINTABLE_H_
