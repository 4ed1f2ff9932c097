// SPDX-License-Identifier: GPL-2.0-only
//
// A run on the terminal: environment, one row a job and path, what became of
// the poison, and a closing line with the verdict. As wide as the terminal, as
// long as job names and the environment's own words allow; plain ASCII apart
// from what the run itself contains.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_TEXT_REPORT_H_
#define DAXMEND_RESULTS_REPORT_TEXT_REPORT_H_

#include <string>

#include "results/run/run_directory.h"

namespace daxmend {

// At most `columns` wide (OutputColumns() of standard_output.h): rows of
// figures that do not fit go on in a second line; text is broken at 100 in any
// case. Ends in a newline. Control characters in names become '?'.
std::string TextReport(const Run& run, size_t columns = 80);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_TEXT_REPORT_H_
