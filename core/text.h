// SPDX-License-Identifier: GPL-2.0-only
//
// Small pieces of text.
//
// Pure; thread-safe.

#ifndef DAXMEND_CORE_TEXT_H_
#define DAXMEND_CORE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

// "a, b, c"
std::string Joined(const std::vector<std::string>& words,
                   std::string_view separator = ", ");

// `label` and `text` behind it, broken at spaces into lines of at most
// `columns`; later lines are indented like the text.
std::string Wrapped(const std::string& label, const std::string& text,
                    size_t columns);

// ASCII letters made small.
std::string LowerCase(std::string text);

// "0x1f"
std::string Hexadecimal(uint64_t value);

// `text` with spaces behind it, at least `width` bytes long.
std::string Padded(std::string text, size_t width);

}  // namespace daxmend

#endif  // DAXMEND_CORE_TEXT_H_
