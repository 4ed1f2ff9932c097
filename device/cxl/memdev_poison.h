// SPDX-License-Identifier: GPL-2.0-only
//
// Injecting and clearing poison in a CXL device, a line at a time, through the
// kernel's debugfs (Documentation/ABI/testing/debugfs-cxl, Linux 6.4). The
// kernel checks the address and sends the mailbox command; clearing leaves
// zeros in the line (cxl_clear_poison, drivers/cxl/core/memdev.c). libcxl 84's
// calls write the same files.
//
// Thread-safe. DPAs are bytes.

#ifndef DAXMEND_DEVICE_CXL_MEMDEV_POISON_H_
#define DAXMEND_DEVICE_CXL_MEMDEV_POISON_H_

#include <cstdint>
#include <string>

#include "device/cxl/region_facts.h"

namespace daxmend {

// 0 or -errno. -EINVAL is the kernel's answer to an address that is not in the
// device, -ENXIO and others are the device's.
int InjectCxlLine(const std::string& memdev, uint64_t dpa,
                  const CxlPlaces& places = {});
int ClearCxlLine(const std::string& memdev, uint64_t dpa,
                 const CxlPlaces& places = {});

// Empty, or why `memdev` cannot be injected into or cleared here: what is
// missing, and of what that comes.
std::string WhyNoCxlInjection(const std::string& memdev,
                              const CxlPlaces& places = {});

// Whether a device is emulated, daxmend's or QEMU's: its bytes stay what they
// are under poison, and loads do not fault.
bool IsEmulatedCxl(const std::string& firmware);

// How many records a device can list without harm: QEMU's own ends the whole
// machine when it has more than 126 (hw/cxl/cxl-mailbox-utils.c, 10 and 11).
// UINT64_MAX for others.
uint64_t MostCxlRecords(const std::string& firmware);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_MEMDEV_POISON_H_
