// SPDX-License-Identifier: GPL-2.0-only
//
// Ends a fuzzer's program, saying what does not hold.

#ifndef DAXMEND_TESTS_FUZZ_REQUIRE_H_
#define DAXMEND_TESTS_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>

namespace daxmend {

inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_FUZZ_REQUIRE_H_
