// SPDX-License-Identifier: GPL-2.0-only
//
// Poison below a device-mapper device that lies on its disks in several pieces
// (striped, or put together): the kernel keeps lists of the disks, and none of
// the device. One that is a single piece of a disk is like a partition, and not
// in here.

#ifndef DAXMEND_INJECT_MAPPED_LIST_H_
#define DAXMEND_INJECT_MAPPED_LIST_H_

#include <functional>
#include <string>
#include <vector>

#include "inject/poison_list.h"
#include "system/block_device.h"
#include "system/extent_map.h"
#include "system/layers/block_map.h"

namespace daxmend {

// What of `device` its disks list, which is asked for by `list`: where that
// throws, the disk is named in PoisonListing::unknown. Throws Error where the
// places of the device cannot be told.
PoisonListing ListMapped(
    const BlockDevice& device,
    const std::function<PoisonListing(const BlockDevice& disk)>& list);

// The parts of that which need no device to test.
//
// The parts of `listed` that lie on the device of `map`.
std::vector<ListedPoison> OnMapped(const std::vector<ListedPoison>& listed,
                                   const BlockMap& map);
// Of those, the parts in a file with these extents, by its offsets.
std::vector<ListedPoison> InMappedFile(const std::vector<ListedPoison>& listed,
                                       const BlockMap& map,
                                       const ExtentMap& extents,
                                       const Owner& owner);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_MAPPED_LIST_H_
