// SPDX-License-Identifier: GPL-2.0-only
//
// Programs of this machine that making a guest image needs.
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_PROGRAM_SEARCH_H_
#define DAXMEND_MACHINE_PROGRAM_SEARCH_H_

#include <string>
#include <vector>

namespace daxmend {

// The first executable `name` in $PATH, /usr/sbin and /sbin (which an ordinary
// user's PATH does not have); empty if there is none.
std::string FindProgram(const std::string& name);

// The shared libraries that `programs` load, as ldd(1) finds them, each once.
std::vector<std::string> LibrariesOf(const std::vector<std::string>& programs);

// Throws Error when some of `programs` are missing: one line that names them
// and the packages to install.
void RequirePrograms(const std::vector<std::string>& programs);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROGRAM_SEARCH_H_
