// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a disk's sectors, past the page cache (O_DIRECT). A write by
// this way clears poison sector by sector (drivers/nvdimm/pmem.c,
// pmem_do_write, Linux 4.7 and later), which DAX writes do for whole pages
// only.
//
// A seam, so that undo can be tested without a device. Not thread-safe.

#ifndef DAXMEND_DEVICE_DISK_SECTORS_H_
#define DAXMEND_DEVICE_DISK_SECTORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "system/block_device.h"
#include "system/file_descriptor.h"

namespace daxmend {

class DiskSectors {
 public:
  virtual ~DiskSectors() = default;
  // All throw Error naming the disk.
  virtual std::string Read(SectorRange sectors) = 0;
  virtual void Write(SectorRange sectors, std::string_view content) = 0;
  // False when the kernel answers that something in there is poisoned.
  virtual bool Readable(SectorRange sectors) = 0;
  // The kernel's list of bad sectors of the disk.
  virtual BadblocksView Badblocks() = 0;
  // Adds to it. Not every disk has a way.
  virtual void List(SectorRange) {}
};

// Which of `sectors` (normalized) the kernel has in its list, normalized. Where
// it shows only a part of its list, the rest is found out by reading.
std::vector<SectorRange> BadAmong(const std::vector<SectorRange>& sectors,
                                  DiskSectors& disk);

class BlockDiskSectors : public DiskSectors {
 public:
  // `disk`: "pmem0". With `exclusive` the disk must not be in use (mounted).
  explicit BlockDiskSectors(const std::string& disk, bool exclusive = false);

  std::string Read(SectorRange sectors) override;
  void Write(SectorRange sectors, std::string_view content) override;
  bool Readable(SectorRange sectors) override;
  BadblocksView Badblocks() override;
  void List(SectorRange sectors) override;

 private:
  std::string node_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DISK_SECTORS_H_
