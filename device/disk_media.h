// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a disk's sectors, past the page cache (O_DIRECT), and the
// kernel's list of bad ones. A write by this way clears poison sector by sector
// (drivers/nvdimm/pmem.c, pmem_do_write, Linux 4.7 and later), which DAX writes
// do for whole pages only.
//
// Not thread-safe.

#ifndef DAXMEND_DEVICE_DISK_MEDIA_H_
#define DAXMEND_DEVICE_DISK_MEDIA_H_

#include <string>
#include <string_view>
#include <vector>

#include "device/device_media.h"
#include "system/file_descriptor.h"

namespace daxmend {

// One entry of the kernel's list is of at most so many sectors (BB_MAX_LEN,
// include/linux/badblocks.h).
inline constexpr uint64_t kBadblocksEntrySectors = 512;

// Throws Error when the kernel's list, of which `view` is what it shows, has no
// room for `sectors` (normalized), too: it holds 512 entries of 512 sectors,
// and remembers what has no room and lists that when there is some, even if it
// was uninjected by then.
void RequireRoomInBadblocks(const PoisonView& view,
                            const std::vector<UnitRange>& sectors);

class DiskMedia : public DeviceMedia {
 public:
  // `disk`: "pmem0". With `exclusive` the disk must not be in use (mounted).
  explicit DiskMedia(const std::string& disk, bool exclusive = false);

  std::string Read(UnitRange sectors) override;
  // What cannot be read is listed first, if it is not. The kernel stores to
  // what it does not list without a look, and a page that it took away because
  // a load met poison there is not mapped: the store would be an oops. What it
  // lists it clears first, and then maps it again.
  void Write(UnitRange sectors, std::string_view content) override;
  bool Readable(UnitRange sectors) override;
  PoisonView Poison() override;
  void List(UnitRange sectors) override;
  void RequireRoom(const std::vector<UnitRange>& sectors) override {
    RequireRoomInBadblocks(Poison(), sectors);
  }

 private:
  void ListUnreadable(UnitRange sectors);

  std::string node_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DISK_MEDIA_H_
