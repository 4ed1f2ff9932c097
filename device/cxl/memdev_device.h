// SPDX-License-Identifier: GPL-2.0-only
//
// A whole CXL memory device, persistent or volatile, in its own addresses: the
// node /dev/cxl/memN. Byte n of it is DPA n.
//
// Its bytes cannot be reached this way: nobody can read them through the
// kernel, nor keep them. What is injected here and cleared holds zeros then.
//
// Not thread-safe: one object a thread.

#ifndef DAXMEND_DEVICE_CXL_MEMDEV_DEVICE_H_
#define DAXMEND_DEVICE_CXL_MEMDEV_DEVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "device/devices.h"

namespace daxmend {

// "/dev/cxl/mem0" to "mem0"; empty for other paths.
std::string CxlMemdevOfNode(const std::string& path);

// Devices by their names ("mem0"), nodes, and "cxl-serial-0x1" for a uuid. They
// are in no list of disks: what regions have of them is there.
const DeviceKind& CxlMemdevKind();

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_MEMDEV_DEVICE_H_
