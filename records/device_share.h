// SPDX-License-Identifier: GPL-2.0-only
//
// What a job met on each of its devices, where its files are on several
// (filename=a:b): its counters have the sum.
//
// Values; thread-safe.

#ifndef DAXMEND_RECORDS_DEVICE_SHARE_H_
#define DAXMEND_RECORDS_DEVICE_SHARE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "records/json_reader.h"

namespace daxmend {

struct DeviceShare {
  std::string device;          // "pmem0", "dax1.0"
  uint64_t recovered_ios = 0;  // that met poison, and succeeded
  uint64_t failed_ios = 0;     // that met poison, and did not
  uint64_t lost_sectors = 0;   // as Counters::lost_sectors
  bool operator==(const DeviceShare&) const = default;
};

// Adds `more`, device by device. Both, and what comes of it, are ascending by
// name.
void AddShares(const std::vector<DeviceShare>& more,
               std::vector<DeviceShare>* shares);

// Is their sum at most `whole` in all that is counted?
bool AreWithin(const std::vector<DeviceShare>& shares, DeviceShare whole);

// The value of a job's "devices" in run.json.
std::string ToJson(const std::vector<DeviceShare>& shares);
// Throws Error.
std::vector<DeviceShare> DeviceSharesFromJson(JsonReader list);

// "pmem0: 64 recovered, 0 failed, 0 lost; pmem1: ...".
std::string ToText(const std::vector<DeviceShare>& shares);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_DEVICE_SHARE_H_
