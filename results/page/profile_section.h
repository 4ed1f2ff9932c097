// SPDX-License-Identifier: GPL-2.0-only
//
// A run's profile on the report page: for every job and path which functions
// its instructions went to, as an icicle (what calls lies above what is called,
// as wide as it is dear) and as a table. Without scripts: names are text that a
// browser finds, and boxes say their numbers when pointed at.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PAGE_PROFILE_SECTION_H_
#define DAXMEND_RESULTS_PAGE_PROFILE_SECTION_H_

#include <string>

#include "results/run/run_directory.h"

namespace daxmend {

// Nothing where the run has no profile.
std::string ProfileSection(const Run& run);

// What changed from profile to profile: for every path that both have and that
// is not the same, an icicle of `b` in which what takes more than in `a` is
// red, and less green, and a table. Nothing where one of them has no profile.
std::string ProfileDifferenceSection(const Run& a, const Run& b);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_PROFILE_SECTION_H_
