// SPDX-License-Identifier: GPL-2.0-only
//
// Recovery's way to the firmware of the NVDIMM that a block device is on.
//
// One object a thread.

#ifndef DAXMEND_DEVICE_FIRMWARE_CLEARING_H_
#define DAXMEND_DEVICE_FIRMWARE_CLEARING_H_

#include <memory>

#include "device/error_clearing.h"
#include "system/block_device.h"

namespace daxmend {

// Never null and never throws: where there is no firmware to ask, or not for
// this process, Clear() fails and says why.
std::unique_ptr<ErrorClearing> FirmwareClearingOf(const BlockDevice& device);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_FIRMWARE_CLEARING_H_
