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

// What a terminal could act on: control characters (C0, DEL, C1), the Unicode
// characters that change the direction of writing (U+061C, U+200E, U+200F,
// U+202A to U+202E, U+2066 to U+2069) or break lines (U+2028, U+2029).
bool IsControlCharacter(char32_t code);

// `text` with everything that a terminal could act on written out: control
// characters (see above) and bytes that are not UTF-8. Each of their bytes
// becomes \xHH; newline, tab and carriage return become \n, \t, \r. All other
// text, backslashes too, stays as it is: this is for reading, not for parsing.
std::string Printable(std::string_view text);

// The same for text of several lines: newlines and tabs stay.
std::string PrintableLines(std::string_view text);

// A JSON document that means the same and has none of these characters, which
// JSON allows in strings (DEL, C1, directions of writing): they become \uXXXX.
std::string PrintableJson(std::string_view json);

}  // namespace daxmend

#endif  // DAXMEND_CORE_PRINTABLE_H_
