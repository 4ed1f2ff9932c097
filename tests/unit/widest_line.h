// SPDX-License-Identifier: GPL-2.0-only
//
// How wide a text is.

#ifndef DAXMEND_TESTS_UNIT_WIDEST_LINE_H_
#define DAXMEND_TESTS_UNIT_WIDEST_LINE_H_

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>

namespace daxmend {

inline size_t Widest(const std::string& text) {
  std::istringstream lines(text);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);)
    widest = std::max(widest, line.size());
  return widest;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_WIDEST_LINE_H_
