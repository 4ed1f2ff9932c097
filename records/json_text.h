// SPDX-License-Identifier: GPL-2.0-only
//
// Pieces of the JSON that records are written as.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_JSON_TEXT_H_
#define DAXMEND_RECORDS_JSON_TEXT_H_

#include <fmt/core.h>

#include <string>

namespace daxmend {

// A string with its quotes. Job names and options are the user's bytes: what is
// not UTF-8 is written out (core/utf8.h).
std::string QuotedJson(const std::string& text);

// As short as it can be read back.
std::string NumberJson(double value);

// Pairs of numbers, of a map or a list: [[6000,1],[6100,2]].
template <class Pairs>
std::string PairsJson(const Pairs& pairs) {
  std::string out = "[";
  const char* comma = "";
  for (const auto& [first, second] : pairs) {
    out += fmt::format("{}[{},{}]", comma, first, second);
    comma = ",";
  }
  return out + "]";
}

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_JSON_TEXT_H_
