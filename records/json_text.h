// SPDX-License-Identifier: GPL-2.0-only
//
// Pieces of the JSON that records are written as.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_JSON_TEXT_H_
#define DAXMEND_RECORDS_JSON_TEXT_H_

#include <string>

namespace daxmend {

// A string with its quotes. Job names and options are the user's bytes: what is
// not UTF-8 is written out (core/utf8.h).
std::string QuotedJson(const std::string& text);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_JSON_TEXT_H_
