// SPDX-License-Identifier: GPL-2.0-only
//
// The poison of a CXL device or region by device physical address: all that its
// devices list, mapped or not, persistent or volatile. Of a region of volatile
// memory that is system RAM nobody but the kernel knows who has a page
// (/proc/kpageflags tells what it is used for, to root).
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_INJECT_CXL_LISTING_H_
#define DAXMEND_INJECT_CXL_LISTING_H_

#include <string>
#include <vector>

#include "device/cxl/memdev_list.h"

namespace daxmend {

struct CxlListing {
  struct Row {
    std::string memdev;  // "mem0"
    uint64_t serial = 0;
    CxlListed listed;
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;  // by device, ascending in it
  bool cut = false;
};

// `target`: "mem0", or "region0": what is in it. Throws Error.
CxlListing ListCxl(const std::string& target);

std::string ToText(const CxlListing& listing);
std::string ToJson(const CxlListing& listing);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_CXL_LISTING_H_
