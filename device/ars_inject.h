// SPDX-License-Identifier: GPL-2.0-only
//
// ARS Error Inject, function 7 of the NVDIMM root device's _DSM (ACPI 6.5
// §9.20.7.9), by the kernel's ND_IOCTL_CALL (drivers/acpi/nfit/core.c,
// acpi_nfit_ctl, Linux 6.1).
//
// Thread-safe.

#ifndef DAXMEND_DEVICE_ARS_INJECT_H_
#define DAXMEND_DEVICE_ARS_INJECT_H_

#include <cstdint>
#include <string>

#include "core/range.h"

namespace daxmend {

// Injects an error into exactly `range` of bus ndbus`bus`; with `notify`
// firmware raises Notify(0x81). The firmware's status, 0 for success. Throws
// Error, naming `where`, when the firmware was not reached or answered too
// little.
uint32_t InjectError(unsigned bus, SpaRange range, bool notify,
                     const std::string& where);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_ARS_INJECT_H_
