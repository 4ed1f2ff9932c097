// SPDX-License-Identifier: GPL-2.0-only
//
// What one CXL device lists, in its own addresses, wherever that is: in a
// region or in none, persistent or volatile.
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_DEVICE_CXL_MEMDEV_LIST_H_
#define DAXMEND_DEVICE_CXL_MEMDEV_LIST_H_

#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "device/cxl/poison_feed.h"

namespace daxmend {

// Lines that touch and of which the same is said.
struct CxlListed {
  DpaRange dpa;
  CxlPoison poison;
  std::string region;           // empty where it is in none
  std::optional<uint64_t> hpa;  // of the first byte
  bool operator==(const CxlListed&) const = default;
};

struct CxlMemdevListing {
  std::vector<CxlListed> poison;  // ascending
  bool cut = false;               // the device has more than it tells
};

// Throws Error.
CxlMemdevListing ListCxlMemdev(const std::string& memdev, CxlTrace& trace);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_MEMDEV_LIST_H_
