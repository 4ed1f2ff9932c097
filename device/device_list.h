// SPDX-License-Identifier: GPL-2.0-only
//
// The poison of a disk as its device lists it, where the kernel keeps no list:
// for who has to know it at every I/O, and may not ask the device each time.
//
// Not thread-safe, but descriptor(), which any thread may wait for.

#ifndef DAXMEND_DEVICE_DEVICE_LIST_H_
#define DAXMEND_DEVICE_DEVICE_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

class DeviceList {
 public:
  virtual ~DeviceList() = default;
  // What it is kept in, in bytes (DeviceUnits::error_bytes).
  virtual uint64_t unit_bytes() const = 0;
  // What memory it is and who knows of its poison, for records: the same for
  // every boot of the same machine.
  virtual std::string memory() const = 0;
  // Everything bad on the disk now: whole units, normalized. Throws Error.
  virtual const std::vector<DeviceRange>& Now() = 0;
  // Is there more on it than the last Now() could be told?
  virtual bool cut() const { return false; }
  // Has the next Now() ask the device itself.
  virtual void AskAgain() {}
  // Becomes readable when Now() may have something new to say, and is not when
  // that has been called.
  virtual int descriptor() const = 0;
  // All that Now() needs open, for a thread with a table of its own.
  virtual std::vector<int> descriptors() const { return {descriptor()}; }
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_LIST_H_
