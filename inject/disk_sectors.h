// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a disk's sectors, past the page cache (O_DIRECT). A write by
// this way clears poison sector by sector (drivers/nvdimm/pmem.c,
// pmem_do_write, Linux 4.7 and later), which DAX writes do for whole pages
// only.
//
// A seam, so that undo can be tested without a device. Not thread-safe.

#ifndef DAXMEND_INJECT_DISK_SECTORS_H_
#define DAXMEND_INJECT_DISK_SECTORS_H_

#include <string>
#include <vector>

#include "core/file_descriptor.h"
#include "core/range.h"

namespace daxmend {

class DiskSectors {
 public:
  virtual ~DiskSectors() = default;
  // All throw Error naming the disk.
  virtual std::string Read(SectorRange sectors) = 0;
  virtual void Write(SectorRange sectors, std::string_view content) = 0;
  // The kernel's list of bad sectors of the disk, normalized.
  virtual std::vector<SectorRange> Badblocks() = 0;
};

class BlockDiskSectors : public DiskSectors {
 public:
  // `disk`: "pmem0". With `exclusive` the disk must not be in use (mounted).
  explicit BlockDiskSectors(const std::string& disk, bool exclusive = false);

  std::string Read(SectorRange sectors) override;
  void Write(SectorRange sectors, std::string_view content) override;
  std::vector<SectorRange> Badblocks() override;

 private:
  std::string node_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_DISK_SECTORS_H_
