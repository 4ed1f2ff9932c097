// SPDX-License-Identifier: GPL-2.0-only
//
// Kernels that this machine has installed, for guests to boot.
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_IMAGE_INSTALLED_KERNEL_H_
#define DAXMEND_MACHINE_IMAGE_INSTALLED_KERNEL_H_

#include <string>

namespace daxmend {

// The version (uname -r) of the newest of Debian's kernels in `boot` whose
// version begins with `version` (any, when that is empty), which can be read,
// and whose modules in `modules`, the NVDIMM driver among them, can be read,
// too. Empty if there is none.
std::string InstalledKernel(const std::string& boot, const std::string& modules,
                            const std::string& version);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_INSTALLED_KERNEL_H_
