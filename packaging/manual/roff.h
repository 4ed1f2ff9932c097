// SPDX-License-Identifier: GPL-2.0-only
//
// The few pieces of man(7) that the manual pages are made of.
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_ROFF_H_
#define DAXMEND_PACKAGING_MANUAL_ROFF_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

// What every page's head says.
struct PageOrigin {
  std::string version;  // "0.1.0"
  std::string date;     // of the release, "2026-11-28"
};

// Text as it is meant: nothing in it is taken for a request or an escape, and
// a minus sign stays one that can be copied into a shell.
std::string RoffText(std::string_view text);

std::string RoffBold(std::string_view text);
std::string RoffItalic(std::string_view text);

// The head of a page of section 1. `name` is "daxmend-inject", `purpose` what
// whatis(1) shows.
std::string RoffHead(const PageOrigin& origin, const std::string& name,
                     const std::string& purpose);

std::string RoffSection(const std::string& title);

// A paragraph that is filled.
std::string RoffParagraph(std::string_view text);

// Lines that are kept as they are.
std::string RoffVerbatim(const std::vector<std::string>& lines);

// A tagged paragraph; `tag` is roff already.
std::string RoffItem(const std::string& tag, std::string_view text);

// "SEE ALSO": pages of this package or others, as "fio(1)".
std::string RoffSeeAlso(const std::vector<std::string>& pages);

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_ROFF_H_
