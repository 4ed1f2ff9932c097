// SPDX-License-Identifier: GPL-2.0-only
//
// What a namespace in sector mode (BTT,
// Documentation/driver-api/nvdimm/btt.rst) uses each part of itself for, as the
// driver shows it in debugfs (drivers/nvdimm/btt.c, arena_debugfs_init,
// Linux 6.1). Which block of its disk a data block is, only the map on the
// media says, and the driver shows no byte of that while it is in use.
//
// Thread-safe.

#ifndef DAXMEND_DEVICE_BTT_LAYOUT_H_
#define DAXMEND_DEVICE_BTT_LAYOUT_H_

#include <string>
#include <vector>

#include "device/device_region.h"

namespace daxmend {

// The areas of the BTT `name` ("btt0.0"), whose namespace begins at physical
// address `begin`. Empty where debugfs does not show them.
std::vector<RegionArea> BttAreas(
    const std::string& name, uint64_t begin,
    const std::string& debugfs = "/sys/kernel/debug/btt");

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_BTT_LAYOUT_H_
