// SPDX-License-Identifier: GPL-2.0-only
//
// The table of a device-mapper device, as the kernel has it (DM_TABLE_STATUS,
// include/uapi/linux/dm-ioctl.h): which target each part of the device is given
// to, and with what parameters
// (Documentation/admin-guide/device-mapper/).
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_LAYERS_DM_TABLE_H_
#define DAXMEND_SYSTEM_LAYERS_DM_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct MapperTarget {
  SectorRange sectors;     // of the device
  std::string kind;        // "linear", "striped", "crypt", ...
  std::string parameters;  // "259:0 2048"
  bool operator==(const MapperTarget&) const = default;
};

// Whether `number` is a device-mapper device.
bool IsMapper(dev_t number);

// Ascending. Throws Error, of EACCES or EPERM without CAP_SYS_ADMIN.
std::vector<MapperTarget> ReadMapperTable(dev_t number);

// Where a part of a device-mapper device is: on one device, or by turns,
// `chunk` bytes each, on several.
struct MapperLegs {
  struct Leg {
    dev_t device = 0;
    uint64_t begin = 0;  // bytes
    bool operator==(const Leg&) const = default;
  };
  uint64_t chunk = 0;
  std::vector<Leg> legs;
  bool operator==(const MapperLegs&) const = default;
};

// Those of a linear or striped target. Throws Error, naming `device`, for other
// kinds, and for parameters that are none of theirs.
MapperLegs LegsOf(const MapperTarget& target, const std::string& device);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_LAYERS_DM_TABLE_H_
