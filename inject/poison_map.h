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

// Where each of `ranges` (whole units of the file, of `unit` bytes) lies: one
// entry for each extent a range touches, ascending in the file. `media` are the
// physical addresses of the whole disk that `device` is on. Units count on the
// disk.
//
// Throws Error, naming `file` and the offset, when a byte has no place (a
// hole), was never written, is shared with another file, or when an extent does
// not begin on a unit.
std::vector<PoisonedRange> LocatePoison(const ExtentMap& extents,
                                        const BlockDevice& device,
                                        SpaRange media, const std::string& file,
                                        const std::vector<FileRange>& ranges,
                                        uint64_t unit = kSectorBytes);

// The physical addresses of `sectors`, of `unit` bytes, of a disk that lies at
// `media`.
SpaRange SpaOfSectors(SpaRange media, UnitRange sectors,
                      uint64_t unit = kSectorBytes);

// The units of the disk that bytes of `device`, which is on it, touch, and the
// other way round: the bytes of `device` that units of the disk are.
UnitRange UnitsOnDisk(const BlockDevice& device, DeviceRange bytes,
                      uint64_t unit);
DeviceRange BytesOnDevice(const BlockDevice& device, UnitRange units,
                          uint64_t unit);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_MAP_H_
