// SPDX-License-Identifier: GPL-2.0-only
//
// Whether a sanitizer counts along (-DDAXMEND_SANITIZE=), for tests of many
// repetitions: each takes about ten times as long then.

#ifndef DAXMEND_TESTS_UNIT_INSTRUMENTED_H_
#define DAXMEND_TESTS_UNIT_INSTRUMENTED_H_

namespace daxmend {

#ifdef DAXMEND_INSTRUMENTED
inline constexpr bool kInstrumented = true;
#else
inline constexpr bool kInstrumented = false;
#endif

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_INSTRUMENTED_H_
