// SPDX-License-Identifier: GPL-2.0-only
//
// Which of our plugins (machine/profile/, machine/machine_check/) a QEMU can
// load: its interface for them differs by version.
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_PLUGIN_FILE_H_
#define DAXMEND_MACHINE_PLUGIN_FILE_H_

#include <string>

namespace daxmend {

// The file of the plugin `name` ("profiler", "loads") for QEMU `version`
// ("7.2.22"), beside this program or where it is installed. Throws Error when
// there is none for that QEMU, or its file is not there.
std::string FindPlugin(const std::string& name, const std::string& version);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PLUGIN_FILE_H_
