// SPDX-License-Identifier: GPL-2.0-only
//
// From file offsets to device sectors to physical addresses, and back.
//
// Pure; thread-safe.

#ifndef DAXMEND_INJECT_POISON_MAP_H_
#define DAXMEND_INJECT_POISON_MAP_H_

#include <string>
#include <vector>

#include "records/injection_record.h"
#include "system/block_device.h"
#include "system/extent_map.h"

namespace daxmend {

// Where each of `ranges` (whole sectors of the file) lies: one entry for each
// extent a range touches, ascending in the file. `media` are the physical
// addresses of the whole disk that `device` is on. Sectors count on the disk.
//
// Throws Error, naming `file` and the offset, when a byte has no place (a
// hole), was never written, is shared with another file, or when an extent does
// not begin on a sector.
std::vector<PoisonedRange> LocatePoison(const ExtentMap& extents,
                                        const BlockDevice& device,
                                        SpaRange media, const std::string& file,
                                        const std::vector<FileRange>& ranges);

// The physical addresses of `sectors` of a disk that lies at `media`.
SpaRange SpaOfSectors(SpaRange media, UnitRange sectors);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_MAP_H_
