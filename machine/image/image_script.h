// SPDX-License-Identifier: GPL-2.0-only
//
// Runs one of the scripts that make a guest image (image/).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_IMAGE_IMAGE_SCRIPT_H_
#define DAXMEND_MACHINE_IMAGE_IMAGE_SCRIPT_H_

#include <functional>
#include <string>
#include <vector>

namespace daxmend {

// Runs `sh ARGUMENTS` and passes on, line by line, what it says. When it fails,
// its last line is the cause: it is not passed on, but Error is thrown with
// `what` and it.
void RunImageScript(std::vector<std::string> arguments, const std::string& what,
                    const std::function<void(const std::string&)>& say);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_IMAGE_SCRIPT_H_
