// SPDX-License-Identifier: GPL-2.0-only
//
// A block device as sysfs describes it: which disk it is on, where it starts
// there, and the disk's list of bad sectors.
//
// Values; the functions read sysfs anew at each call and are thread-safe.

#ifndef DAXMEND_SYSTEM_BLOCK_DEVICE_H_
#define DAXMEND_SYSTEM_BLOCK_DEVICE_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct BlockDevice {
  std::string name;  // "pmem0p1"
  // "pmem0", the same as name without partitions. A device-mapper device that
  // is one piece of a disk (linear) is like a partition of it.
  std::string disk;
  uint64_t start_sector = 0;  // where it begins on the disk
  uint64_t sectors = 0;
  dev_t number = 0;  // as stat() gives it; 0 where nobody asked

  std::string node() const { return "/dev/" + name; }
  // Where the kernel keeps the disk's list ("/sys/block/pmem0/badblocks").
  std::string badblocks_path() const {
    return "/sys/block/" + disk + "/badblocks";
  }
};

// The block device with number `dev` (a file's st_dev, or a device node's
// st_rdev). Throws Error for devices that have no block device (tmpfs).
BlockDevice FindBlockDevice(dev_t dev);
// Its name under /dev, which FindBlockDevice has, too. Throws Error likewise.
std::string NameOfBlockDevice(dev_t dev);
// The block device at `node` ("/dev/pmem0").
BlockDevice FindBlockDevice(const std::string& node);

// Is `device` still where it says? A device-mapper device that was one piece of
// a disk may be somewhere else by now (pvmove, lvextend, dmsetup reload).
// Throws Error.
bool IsStillThere(const BlockDevice& device);

// The kernel's list of bad sectors of `device`: sectors of the device itself
// (not of the disk), clipped to it, normalized. Empty when the disk has no list
// (not persistent memory). Throws Error when the list cannot be read.
std::vector<SectorRange> ReadBadblocks(const BlockDevice& device);

// Whether the disk of `device` keeps such a list: persistent memory does, a
// namespace in sector mode, device-mapper and other disks do not. Throws Error.
bool KeepsBadblocks(const BlockDevice& device);

// The part of a whole disk's list `disk` (normalized) that lies on `device`, in
// sectors of the device.
std::vector<SectorRange> OnDevice(const BlockDevice& device,
                                  std::vector<SectorRange> disk);

// A disk's list as far as the kernel shows it.
struct BadblocksView {
  std::vector<SectorRange> sectors;  // normalized
  bool cut = false;  // behind the last of them there may be more
  bool kept = true;  // false: the disk keeps no list
};

// As ReadBadblocks and ParseBadblocks, with whether the list was cut and
// whether there is one.
BadblocksView ViewBadblocks(const BlockDevice& device);
BadblocksView ParseBadblocksView(std::string_view text);

// Sectors of `device` as sectors of its disk.
inline SectorRange OnDisk(const BlockDevice& device, SectorRange sectors) {
  return {sectors.begin + device.start_sector,
          sectors.end + device.start_sector};
}

// The text of a badblocks file: "FIRST LENGTH\n" lines in 512-byte sectors of
// the disk (block/badblocks.c, badblocks_show). The kernel shows one page of
// its list, some 450 entries, and cuts it there; a line that was cut is left
// out. Normalized. A lone newline is a disk that keeps no list (block/genhd.c,
// disk_badblocks_show). Throws Error for anything else.
std::vector<SectorRange> ParseBadblocks(std::string_view text);

// Adds `sectors` to the list that the file `list` is, as badblocks_store takes
// it: one entry a write. Throws Error, of ENOSPC when the list is full: the
// kernel keeps 512 entries, touching ones joined.
void AddBadblocks(const std::string& list, SectorRange sectors);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_BLOCK_DEVICE_H_
