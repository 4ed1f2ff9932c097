// SPDX-License-Identifier: GPL-2.0-only
//
// What is listed as bad of a device, or of the partition that it is: by the
// kernel, or by the device itself. A kernel's list is parsed only when it says
// something else than before: recovery looks twice, and mostly sees the same.
//
// For one thread.

#ifndef DAXMEND_RECOVERY_LISTED_POISON_H_
#define DAXMEND_RECOVERY_LISTED_POISON_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/range.h"
#include "device/shared_list.h"
#include "recovery/media_files.h"
#include "system/block_device.h"

namespace daxmend {

class ListedPoison {
 public:
  // `list`: the device's own, or null for the kernel's.
  explicit ListedPoison(std::shared_ptr<SharedDeviceList> list)
      : own_(std::move(list)) {}

  struct Known {
    std::vector<DeviceRange> bad;  // on this device
    // Where there may be more than it shows.
    DeviceRange unseen{UINT64_MAX, UINT64_MAX};
    bool nothing() const { return bad.empty() && unseen.empty(); }
  };
  // As it is now, of `device`, whose list `files` has. Valid until the next
  // call. Throws Error.
  const Known& Now(const BlockDevice& device, MediaFiles& files);

 private:
  void ReadOwn(const BlockDevice& device);
  void ReadKernels(const BlockDevice& device, MediaFiles& files);

  const std::shared_ptr<SharedDeviceList> own_;
  Known known_;
  std::string text_;         // of the kernel's
  uint64_t generation_ = 0;  // of the device's own
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_LISTED_POISON_H_
