// SPDX-License-Identifier: GPL-2.0-only
//
// The seam between recovery and whoever can talk to the firmware: all that
// strategy `clear` needs of it. inject/ has the one for NVDIMMs.
//
// One object a thread.

#ifndef DAXMEND_DEVICE_ERROR_CLEARING_H_
#define DAXMEND_DEVICE_ERROR_CLEARING_H_

#include <cstdint>
#include <string>

#include "core/range.h"

namespace daxmend {

class ErrorClearing {
 public:
  virtual ~ErrorClearing() = default;

  // Asks the firmware to clear the errors in `bad`, whole sectors of the block
  // device that the file system is on. Bytes that it says are good now, counted
  // from the beginning, or -errno: -EOPNOTSUPP where there is nobody to ask.
  // It may touch the rest of the pages that `bad` lies in.
  virtual int64_t Clear(DeviceRange bad) = 0;

  // Why the last Clear() did not do all it was asked for, and the way out.
  virtual std::string reason() const = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_ERROR_CLEARING_H_
