// SPDX-License-Identifier: GPL-2.0-only
//
// Sizes on the command line as fio and ndctl take them: bytes, or with k, m, g,
// t (1024s; an "iB" or "B" may follow).

#ifndef DAXMEND_CLI_SIZE_H_
#define DAXMEND_CLI_SIZE_H_

#include <CLI/CLI.hpp>

namespace daxmend {

// A transform for CLI11 options of an integer type.
inline CLI::AsSizeValue SizeInBytes() { return CLI::AsSizeValue(false); }

}  // namespace daxmend

#endif  // DAXMEND_CLI_SIZE_H_
