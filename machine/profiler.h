// SPDX-License-Identifier: GPL-2.0-only
//
// Which profiler (machine/profile/) a QEMU can load: its interface for plugins
// differs by version.
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_PROFILER_H_
#define DAXMEND_MACHINE_PROFILER_H_

#include <string>

namespace daxmend {

// The file of the profiler for QEMU `version` ("7.2.22"), beside this program
// or where it is installed. Throws Error when no profiler knows that QEMU, or
// its file is not there.
std::string FindProfiler(const std::string& version);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILER_H_
