// SPDX-License-Identifier: GPL-2.0-only

#include "copy/fault_hooks.h"
#include "copy/fault_tolerant_copy.h"
#include "core/error.h"

namespace daxmend {

void PrepareFaultTolerantCopy() {
  if (const int error = InstallFaultHandler(); error != 0)
    throw ErrnoError("install a SIGBUS handler", error);
}

}  // namespace daxmend
