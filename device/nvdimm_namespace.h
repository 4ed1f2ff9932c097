// SPDX-License-Identifier: GPL-2.0-only
//
// The NVDIMM namespace behind /dev/pmemN, or behind /dev/daxN.M in devdax mode,
// as a device with poison: errors are injected and cleared by libndctl
// (ndctl/). Of fsdax and raw ones the kernel keeps a list on the disk, which it
// believes itself; of device-dax there is the region's
// (dax/region_badblocks.h), and nothing that the kernel does looks at it.
//
// Not thread-safe: one object a thread.

#ifndef DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_
#define DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "device/device.h"
#include "device/device_region.h"
#include "device/devices.h"

namespace daxmend {

struct NdctlSpace;
class RegionBadblocks;

// The provider of the bus on which CXL regions have their namespaces.
inline constexpr char kCxlProvider[] = "CXL";

class NvdimmNamespace : public PoisonDevice {
 public:
  // The namespace whose block device or character device is `disk` ("pmem0",
  // "dax0.0"); null when no NVDIMM bus has it.
  static std::unique_ptr<NvdimmNamespace> OfDisk(const std::string& disk);
  // The namespace of this name ("namespace0.0"). Throws Error when there is
  // none, or its mode has no bytes that a disk sector could be on.
  static std::unique_ptr<NvdimmNamespace> OfName(const std::string& name);
  // The namespace with this uuid, wherever it is now; null when none has it.
  static std::unique_ptr<NvdimmNamespace> OfUuid(const std::string& uuid);
  // The one whose character device `path` is; null for other paths. Throws
  // Error for device-dax that is not persistent memory, and where its address
  // is hidden.
  static std::unique_ptr<NvdimmNamespace> OfNode(const std::string& path);
  // The disks (and character devices) of all namespaces that have one: of CXL
  // regions, or all others.
  static std::vector<std::string> Disks(bool cxl);
  // The regions of persistent memory that are no CXL regions, with all
  // namespaces that have a size.
  static std::vector<DeviceRegion> Regions();

  ~NvdimmNamespace() override;

  std::string region() const;  // "region0"
  // In devdax mode?
  bool device_dax() const;
  const std::string& disk() const override;  // "pmem0", "dax0.0"
  std::string label() const override;        // "namespace0.0 on ndbus0"
  const std::string& bus() const override;   // "ndbus0"
  // "ACPI.NFIT", "e820", "virtio-pmem".
  const std::string& provider() const override;
  // A namespace that has none (e820 and virtio-pmem have no labels) is known by
  // its place, "e820@0x40000000".
  const std::string& uuid() const override;
  // Sectors, by pages: what its driver and fsdax do; of device-dax, by sectors.
  DeviceUnits units() const override;
  // What comes before the disk's bytes (info blocks, struct pages) is left out.
  SpaRange media() const override;

  bool KeepsBadblocks() const override { return !device_dax(); }
  std::string_view ListedBy() const override { return "kernel"; }
  // Whether the bus has ARS error injection.
  bool CanInject() const override;
  // By the firmware of an NFIT, or where there is none and the kernel takes it
  // for granted.
  bool CanClear() const override;
  // Where no firmware is asked, and where it is that of the emulated NVDIMM,
  // which keeps a table beside the memory (known by its NFIT's OEM ID). ACPI
  // lets firmware leave anything.
  bool ClearingKeepsBytes() const override;
  // An ACPI bus does.
  bool Notifies() const override;

  std::string_view OwnInjectorName() const override { return "ndctl"; }
  std::string WhyOwnInjector() const override;
  // ARS Error Inject (ACPI 6.5 §9.20.7.9) by ND_CMD_CALL and not by libndctl,
  // which takes every status but 1 and 2 for success: what the firmware refuses
  // ends in an Error, so what it does not have afterwards was cleared. Without
  // `saturate` only the first clear unit of each sector is poisoned, as 'ndctl
  // inject-error' does by default; the kernel lists the sector in both cases.
  std::unique_ptr<Injector> OwnInjector(bool saturate) const override;
  std::unique_ptr<DeviceMedia> OpenMedia(bool exclusive) const override;
  // Of device-dax, what its region lists.
  std::unique_ptr<DeviceList> OpenList() const override;

  // By ND_CMD_CLEAR_ERROR (ACPI 6.5 §9.20.7.6; drivers/nvdimm/bus.c), widened
  // to the firmware's clear unit.
  int64_t ClearErrors(SpaRange bad, std::string* why) override;

 private:
  explicit NvdimmNamespace(std::unique_ptr<NdctlSpace> space);
  template <class Matches>
  static std::unique_ptr<NvdimmNamespace> FindFirst(Matches matches);
  // The same by a handle of its own. Throws Error where it has gone.
  std::unique_ptr<NvdimmNamespace> Again() const;
  RegionBadblocks RegionList() const;

  std::unique_ptr<NdctlSpace> space_;
};

const DeviceKind& NvdimmKind();

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_
