// SPDX-License-Identifier: GPL-2.0-only
//
// Bytes that may or may not be UTF-8: names come from job files, directories
// and firmware, in which anything can stand.
//
// Thread-safe.

#ifndef DAXMEND_CORE_UTF8_H_
#define DAXMEND_CORE_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace daxmend {

// U+FFFD, which stands for a byte that is not UTF-8.
inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

// The length in bytes of the well-formed UTF-8 sequence at the start of `text`
// (Unicode 15, table 3-7), 0 when there is none.
size_t Utf8SequenceLength(std::string_view text);

// The code point of a well-formed sequence.
char32_t Utf8CodePoint(std::string_view sequence);

bool IsUtf8(std::string_view text);

// `text` with each byte that is not UTF-8 written out as \xHH, for formats that
// are UTF-8 (JSON): two names that differ stay two names.
std::string AsUtf8(std::string_view text);

}  // namespace daxmend

#endif  // DAXMEND_CORE_UTF8_H_
