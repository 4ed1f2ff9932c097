// SPDX-License-Identifier: GPL-2.0-only
//
// Block devices that are made of others (device mapper, md), and of which parts
// of a disk: one beside a partition does not hold it, and one two layers above
// does.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_HOLDERS_H_
#define DAXMEND_INJECT_OWNERS_HOLDERS_H_

#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "system/layers/block_map.h"

namespace daxmend {

// As sysfs has them; a seam, for tests without such devices.
class BlockLayers {
 public:
  virtual ~BlockLayers() = default;
  // The devices made of `name` ("pmem0") or of one of its partitions ("dm-0"),
  // and those that `name` is made of ("pmem0p2").
  virtual std::vector<std::string> Above(const std::string& name) const;
  virtual std::vector<std::string> Below(const std::string& name) const;
  // None where its places cannot be told.
  virtual std::optional<BlockMap> MapOf(const std::string& name) const;
};

struct Holder {
  std::string name;
  std::vector<DeviceRange> places;  // on the disk, normalized
};

// The devices directly above `disk` and its partitions. One whose places cannot
// be told is on all of what it is made of.
std::vector<Holder> HoldersOfDisk(const std::string& disk,
                                  const BlockLayers& layers = {});

// The devices, however far above, that are on a part of the disks that `device`
// ("pmem0p1", "dm-0") is on, too; not those that it is made of itself.
std::vector<std::string> HoldersOf(const std::string& device,
                                   const BlockLayers& layers = {});

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_HOLDERS_H_
