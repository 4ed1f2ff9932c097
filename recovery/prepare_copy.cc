// SPDX-License-Identifier: GPL-2.0-only

#include "core/error.h"
#include "recovery/fault_hooks.h"
#include "recovery/fault_tolerant_copy.h"

namespace daxmend {

void PrepareFaultTolerantCopy() {
  if (const int error = InstallFaultHandler(); error != 0)
    throw ErrnoError("install a SIGBUS handler", error);
}

}  // namespace daxmend
