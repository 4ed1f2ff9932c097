// SPDX-License-Identifier: GPL-2.0-only
//
// What has to be saved before poisoned pages can be written: a pure function
// of where the poison is.
//
// fsdax repairs poison only by a write of whole pages (pmem_recovery_write,
// drivers/nvdimm/pmem.c, Linux 5.19), while poison comes in sectors. So every
// poisoned page that a write does not replace whole must be put together first:
// good sectors from the block device, bad ones from a backup or as zeros.

#ifndef DAXMEND_RECOVERY_SALVAGE_PLAN_H_
#define DAXMEND_RECOVERY_SALVAGE_PLAN_H_

#include <vector>

#include "core/range.h"
#include "recovery/media.h"
#include "system/extent_map.h"

namespace daxmend {

// The unit in which data is given up.
enum class SalvageUnit {
  kSector,  // 512 bytes: what the block device cannot read
  kPage,  // 4096 bytes: what a read of the file cannot, for which nobody needs
          // the device
};

struct SalvagePlan {
  // Runs of poisoned pages to write whole, normalized. Good pages are never
  // part of one.
  std::vector<FileRange> pages;
  // Runs of poisoned pages that the write replaces whole, normalized: they need
  // no saving, but writes of their own. In one that starts inside a page the
  // kernel takes good pages and the first poisoned one for a single piece,
  // finds it not aligned and gives up with EFAULT (__pmem_direct_access rounds
  // the distance to the first bad sector up to pages; Linux 5.19 to 6.12).
  std::vector<FileRange> replaced;
  // Good sectors inside `pages` and below the end of the file, ascending in
  // the file: whole sectors, to be read from the device.
  std::vector<ExtentMap::Piece> good;
  // Sectors inside `pages` that held data and are given up, normalized.
  std::vector<FileRange> lost;

  bool operator==(const SalvagePlan&) const = default;
};

// Plans for the poisoned pages that touch `range`. `replaced` is the range a
// write is about to fill (empty for a read): pages inside it are only
// replaced, sectors inside it need not be saved. Bytes in `pages` that are in
// neither list (past the end of the file, in a hole or unwritten) are zeros.
// *plan is written anew, into the memory that it has.
void PlanSalvage(const Layout& layout, FileRange range, FileRange replaced,
                 SalvageUnit unit, SalvagePlan* plan);

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_SALVAGE_PLAN_H_
