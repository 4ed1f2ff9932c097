// SPDX-License-Identifier: GPL-2.0-only
//
// A CXL region as sysfs describes it (Documentation/ABI/testing/sysfs-bus-cxl).
//
// Thread-safe; each call reads anew.

#ifndef DAXMEND_DEVICE_CXL_REGION_FACTS_H_
#define DAXMEND_DEVICE_CXL_REGION_FACTS_H_

#include <optional>
#include <string>
#include <vector>

#include "device/cxl/address_map.h"

namespace daxmend {

// Where things are; other places for tests.
struct CxlPlaces {
  std::string devices = "/sys/bus/cxl/devices";
  std::string cedt = "/sys/firmware/acpi/tables/CEDT";
  std::string debug = "/sys/kernel/debug/cxl";
  std::string tracing = "/sys/kernel/tracing";
};

// The regions there are ("region0"), those that are not committed, too.
std::vector<std::string> CxlRegions(const CxlPlaces& places = {});
// Has `region` memory?
bool IsCommitted(const std::string& region, const CxlPlaces& places = {});
// The devices there are ("mem0").
std::vector<std::string> CxlMemdevs(const CxlPlaces& places = {});

// Where the bytes of `region` are. Throws Error where it does not exist, is not
// committed, hides its addresses (from all but root), or has ones that we
// cannot compute: XOR arithmetic over several host bridges, addresses that are
// translated on the way to the devices, a cache in front of them.
CxlAddressMap ReadCxlRegion(const std::string& region,
                            const CxlPlaces& places = {});

// Is `disk` ("pmem0") a namespace of a CXL region? By sysfs alone, which
// anybody may ask; `blocks` is another place for tests.
bool IsCxlDisk(const std::string& disk,
               const std::string& blocks = "/sys/block");

// What the table CEDT says of the window that has `hpa`: whether it uses XOR
// arithmetic between host bridges (CXL 3.1 9.18.1.3). False where it says
// nothing of it.
bool WindowUsesXor(const std::string& cedt, uint64_t hpa);

struct CxlMemdevFacts {
  uint64_t serial = 0;
  uint64_t persistent_bytes = 0, volatile_bytes = 0;
  std::string firmware;
};
// Throws Error where `memdev` does not exist.
CxlMemdevFacts ReadCxlMemdev(const std::string& memdev,
                             const CxlPlaces& places = {});

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_REGION_FACTS_H_
