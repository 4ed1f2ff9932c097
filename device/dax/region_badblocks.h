// SPDX-License-Identifier: GPL-2.0-only
//
// What a region of persistent memory lists as bad
// (/sys/bus/nd/devices/regionN/badblocks), of a device that lies in it. It is
// the only list that the kernel keeps of device-dax. A scrub and a machine
// check add to it (nd_region_notify, drivers/nvdimm/region.c), a clear-error
// command takes off (nvdimm_account_cleared_poison, drivers/nvdimm/bus.c); both
// announce it to who polls (Linux 4.13 to 7.3). Nobody can write to it.
//
// Not thread-safe, but descriptor().

#ifndef DAXMEND_DEVICE_DAX_REGION_BADBLOCKS_H_
#define DAXMEND_DEVICE_DAX_REGION_BADBLOCKS_H_

#include <string>
#include <vector>

#include "core/range.h"
#include "system/block_device.h"
#include "system/file_descriptor.h"

namespace daxmend {

class RegionBadblocks {
 public:
  // Of `device`, which lies in `region`, whose list is the file `path`. Throws
  // Error.
  RegionBadblocks(std::string path, SpaRange region, SpaRange device);

  // Sectors of the device. Throws Error where the list has gone.
  const BadblocksView& Now();
  // Becomes readable when Now() may have something new to say; -1 for a file
  // that announces nothing.
  int descriptor() const { return announced_.get(); }
  // That, and what Now() reads.
  std::vector<int> descriptors() const {
    if (!announced_) return {list_.get()};
    return {announced_.get(), list_.get()};
  }
  // Throws Error when the kernel could not show `sectors` (of the device,
  // normalized) beside what it lists: it shows one page of text.
  void RequireRoom(const std::vector<SectorRange>& sectors);

 private:
  std::string Read();

  const std::string path_;
  const SectorRange device_;  // in the region
  FileDescriptor list_;
  FileDescriptor announced_;  // an epoll of it
  std::string text_;
  bool read_ = false;
  BadblocksView view_;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DAX_REGION_BADBLOCKS_H_
