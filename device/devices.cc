// SPDX-License-Identifier: GPL-2.0-only

#include "device/devices.h"

#include "core/error.h"
#include "device/cxl/memdev_device.h"
#include "device/cxl/region_device.h"
#include "device/nvdimm_namespace.h"

namespace daxmend {
namespace {

// One row for each kind; they are asked in this order.
std::vector<const DeviceKind*>& Kinds() {
  static std::vector<const DeviceKind*> kinds = {&NvdimmKind(), &CxlKind(),
                                                 &CxlMemdevKind()};
  return kinds;
}

template <class Find>
std::unique_ptr<PoisonDevice> First(Find find) {
  for (const DeviceKind* kind : Kinds())
    if (auto found = find(*kind)) return found;
  return nullptr;
}

template <class Of>
auto All(Of of) {
  decltype(of(*Kinds().front())) all;
  for (const DeviceKind* kind : Kinds())
    for (auto& one : of(*kind)) all.push_back(std::move(one));
  return all;
}

}  // namespace

std::unique_ptr<PoisonDevice> FindDeviceOfDisk(const std::string& disk) {
  return First([&](const DeviceKind& k) { return k.OfDisk(disk); });
}

std::unique_ptr<PoisonDevice> DeviceOfDisk(const std::string& disk) {
  if (auto found = FindDeviceOfDisk(disk)) return found;
  throw Error({.thing = "/dev/" + disk,
               .cause = "belongs to no namespace of an NVDIMM or a CXL region, "
                        "so errors cannot be injected or cleared",
               .way_out = "see 'ndctl list -N'"});
}

std::unique_ptr<PoisonDevice> DeviceOfUuid(const std::string& uuid) {
  return First([&](const DeviceKind& k) { return k.OfUuid(uuid); });
}

std::unique_ptr<PoisonDevice> DeviceOfNode(const std::string& path) {
  return First([&](const DeviceKind& k) { return k.OfNode(path); });
}

std::vector<std::string> DeviceDisks() {
  return All([](const DeviceKind& k) { return k.Disks(); });
}

std::vector<DeviceRegion> DeviceRegions() {
  return All([](const DeviceKind& k) { return k.Regions(); });
}

AddedDeviceKind::AddedDeviceKind(const DeviceKind& kind) {
  Kinds().insert(Kinds().begin(), &kind);
}
AddedDeviceKind::~AddedDeviceKind() { Kinds().erase(Kinds().begin()); }

}  // namespace daxmend
