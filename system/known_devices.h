// SPDX-License-Identifier: GPL-2.0-only
//
// Block devices that a process has asked sysfs for before: a job of a thousand
// files on one disk asks once. For who holds a file of the device open, so that
// its number does not become another's meanwhile; what else sysfs says may
// change, and is not here, nor are device-mapper devices, which move.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_KNOWN_DEVICES_H_
#define DAXMEND_SYSTEM_KNOWN_DEVICES_H_

#include <sys/types.h>

#include "system/block_device.h"

namespace daxmend {

struct KnownDevice {
  BlockDevice device;
  bool keeps_badblocks = false;
};

// FindBlockDevice() and KeepsBadblocks(), once for each `number` that is not
// device mapper's. Throws Error, and asks again the next time.
KnownDevice FindKnownDevice(dev_t number);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_KNOWN_DEVICES_H_
