// SPDX-License-Identifier: GPL-2.0-only
//
// Poison that no disk lists. A region of persistent memory has a list of its
// own (/sys/bus/nd/devices/regionN/badblocks: drivers/nvdimm/region_devs.c),
// which also has what lies in namespaces in devdax or sector mode, in disabled
// ones, in the metadata in front of an fsdax disk, and in no namespace.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_REGION_POISON_H_
#define DAXMEND_INJECT_REGION_POISON_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "device/device_region.h"
#include "inject/owners/owner.h"

namespace daxmend {

struct RegionPoison {
  struct Part {
    SectorRange sectors;  // of the region
    SpaRange spa;
    Owner owner;                      // Owner::Kind::kNamespace
    std::optional<FileRange> offset;  // in a device-dax device
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;  // ascending
  bool cut = false;         // the kernel has more than it shows
  // What could not be looked at, and the cause: "namespace0.0 (devdax dax0.0):
  // ...".
  std::vector<std::string> unknown;
};

// What of the region's list `badblocks` (the text of its file) lies on none of
// its namespaces' disks.
RegionPoison PoisonOffDisks(const DeviceRegion& region,
                            std::string_view badblocks);

// Reads the list below `devices`. Does not throw for one that cannot be read:
// that goes to `unknown`, for each namespace without a disk.
RegionPoison ReadRegionPoison(
    const DeviceRegion& region,
    const std::string& devices = "/sys/bus/nd/devices");

}  // namespace daxmend

#endif  // DAXMEND_INJECT_REGION_POISON_H_
