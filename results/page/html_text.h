// SPDX-License-Identifier: GPL-2.0-only
//
// Text as HTML.

#ifndef DAXMEND_RESULTS_PAGE_HTML_TEXT_H_
#define DAXMEND_RESULTS_PAGE_HTML_TEXT_H_

#include <string>
#include <string_view>

namespace daxmend {

// `text` as the content of an element or of a quoted attribute. Bytes that are
// not UTF-8, control characters and changes of the direction of writing become
// U+FFFD. What it returns is text of XML 1.0 as well.
std::string Escaped(std::string_view text);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_HTML_TEXT_H_
