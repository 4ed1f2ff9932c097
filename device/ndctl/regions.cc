// SPDX-License-Identifier: GPL-2.0-only

#include <linux/ndctl.h>

#include "device/btt_layout.h"
#include "device/ndctl/handles.h"
#include "device/nvdimm_namespace.h"

namespace daxmend {
namespace {

RegionPart Describe(ndctl_namespace* ndns) {
  RegionPart space{.name = ndctl_namespace_get_devname(ndns),
                   .disk = NodeOf(ndns),
                   .use = "disabled",
                   .whole = KnownRange(ndctl_namespace_get_resource(ndns),
                                       ndctl_namespace_get_size(ndns))};
  if (ndctl_dax* dax = ndctl_namespace_get_dax(ndns)) {
    space.use = std::string("devdax ") + ndctl_dax_get_devname(dax);
    space.data =
        KnownRange(ndctl_dax_get_resource(dax), ndctl_dax_get_size(dax));
  } else if (ndctl_btt* btt = ndctl_namespace_get_btt(ndns)) {
    space.use = "sector mode";
    if (space.whole)
      space.areas = BttAreas(ndctl_btt_get_devname(btt), space.whole->begin);
  } else if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns)) {
    space.use = "fsdax";
    space.data =
        KnownRange(ndctl_pfn_get_resource(pfn), ndctl_pfn_get_size(pfn));
  } else if (!space.disk.empty()) {
    space.use = "raw";
    space.data = space.whole;
  }
  return space;
}

}  // namespace

std::vector<DeviceRegion> NvdimmNamespace::Regions() {
  std::vector<DeviceRegion> regions;
  NdctlContext context = NewNdctlContext();
  ndctl_bus* bus;
  ndctl_bus_foreach(context.get(), bus) {
    // Those are the kernel's CXL regions, under the same name.
    if (IsCxl(bus)) continue;
    ndctl_region* region;
    ndctl_region_foreach(bus, region) {
      // Regions of volatile memory have no lists of errors.
      if (ndctl_region_get_type(region) != ND_DEVICE_REGION_PMEM) continue;
      DeviceRegion found{.name = ndctl_region_get_devname(region),
                         .spa = KnownRange(ndctl_region_get_resource(region),
                                           ndctl_region_get_size(region))};
      ndctl_namespace* ndns;
      ndctl_namespace_foreach(region, ndns) {
        // The one without a size is for the next to be made.
        if (ndctl_namespace_get_size(ndns) == 0) continue;
        found.namespaces.push_back(Describe(ndns));
      }
      regions.push_back(std::move(found));
    }
  }
  return regions;
}

}  // namespace daxmend
