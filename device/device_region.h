// SPDX-License-Identifier: GPL-2.0-only
//
// A region of persistent memory and its namespaces, for who wants to know what
// of it no disk shows.
//
// Values; thread-safe.

#ifndef DAXMEND_DEVICE_DEVICE_REGION_H_
#define DAXMEND_DEVICE_DEVICE_REGION_H_

#include <optional>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

// What a part of a namespace is used for, where its data is not in one piece
// (sector mode).
struct RegionArea {
  SpaRange where;
  std::string what;          // "arena 0 map"
  uint64_t block_bytes = 0;  // of blocks that are counted there, or 0
  bool operator==(const RegionArea&) const = default;
};

struct RegionPart {
  std::string name;  // "namespace0.0"
  // The disk whose list of bad sectors has all of its data: "pmem0"; empty for
  // one that is disabled, in sector mode or in devdax mode.
  std::string disk = {};
  std::string use = {};  // "fsdax", "devdax dax0.0", "sector mode", "disabled"
  // All that it takes of the region, and what of that is data in one piece (of
  // the disk, or the character device); none where sysfs hides it (only root is
  // shown physical addresses), and no data for sector mode, which moves it.
  std::optional<SpaRange> whole = {};
  std::optional<SpaRange> data = {};
  std::vector<RegionArea> areas = {};  // where they are known
  bool operator==(const RegionPart&) const = default;
};

struct DeviceRegion {
  std::string name;                  // "region0"
  std::optional<SpaRange> spa = {};  // none where sysfs hides it
  std::vector<RegionPart> namespaces = {};
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_REGION_H_
