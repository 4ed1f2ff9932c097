// SPDX-License-Identifier: GPL-2.0-only
//
// The poison of a CXL device or region by device physical address: all that its
// devices list, mapped or not, persistent or volatile. Whose a page of volatile
// memory is only the kernel knows; what it is used for /proc/kpageflags tells
// (Documentation/admin-guide/mm/pagemap.rst).
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
    // Of volatile memory that is system RAM, what the kernel uses the first
    // page for, where it tells: "free", "anonymous", "file cache", "kernel".
    std::string use = {};
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;  // by device, ascending in it
  bool cut = false;
};

// `target`: "mem0", or "region0": what is in it. Throws Error.
CxlListing ListCxl(const std::string& target);

// What a page is used for, by its flags in /proc/kpageflags; empty for one that
// is no page of RAM.
std::string PageUse(uint64_t flags);

std::string ToText(const CxlListing& listing);
std::string ToJson(const CxlListing& listing);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_CXL_LISTING_H_
