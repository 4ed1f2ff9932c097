// SPDX-License-Identifier: GPL-2.0-only
//
// What an earlier run left in a directory of results. A run that fails must not
// leave the results of the run before it to be taken for its own, and must not
// destroy them either: they get another name.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_EARLIER_RESULTS_H_
#define DAXMEND_RECORDS_EARLIER_RESULTS_H_

#include <string>

namespace daxmend {

// "PATH.previous"
std::string PreviousName(const std::string& path);

// Renames PATH, where there is one, to PATH.previous; one that was there goes.
// Throws Error.
void SetAside(const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_EARLIER_RESULTS_H_
