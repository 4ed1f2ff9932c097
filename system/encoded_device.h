// SPDX-License-Identifier: GPL-2.0-only
//
// Device numbers as the kernel's ioctls have them.

#ifndef DAXMEND_SYSTEM_ENCODED_DEVICE_H_
#define DAXMEND_SYSTEM_ENCODED_DEVICE_H_

#include <sys/sysmacros.h>
#include <sys/types.h>

#include <cstdint>

namespace daxmend {

// huge_encode_dev (include/linux/kdev_t.h, Linux 6.1); its lower 32 bits are
// new_encode_dev.
inline uint64_t EncodedDevice(dev_t number) {
  const uint64_t low = minor(number);
  return (low & 0xff) | (uint64_t{major(number)} << 8) |
         ((low & ~0xffull) << 12);
}

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_ENCODED_DEVICE_H_
