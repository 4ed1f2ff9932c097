// SPDX-License-Identifier: GPL-2.0-only
//
// The persistent memory of a CXL region, behind /dev/pmemN, as a device with
// poison. The devices of the region keep the list, in lines of 64 bytes of
// their own addresses; the kernel never makes badblocks of it, so that nothing
// but clearing line by line makes a line good, and nothing but the list tells
// that it is bad.
//
// A namespace is what libndctl says it is (nvdimm_namespace.h); regions,
// devices and their lists are read here.
//
// Not thread-safe: one object a thread.

#ifndef DAXMEND_DEVICE_CXL_REGION_DEVICE_H_
#define DAXMEND_DEVICE_CXL_REGION_DEVICE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/cxl/poison_feed.h"
#include "device/device.h"
#include "device/devices.h"
#include "device/nvdimm_namespace.h"

namespace daxmend {

inline constexpr DeviceUnits kCxlUnits{
    .error_bytes = kLineBytes, .repair_bytes = kLineBytes, .name = "line"};

class CxlRegionDevice : public PoisonDevice {
 public:
  // Null where `space` is null or of another bus.
  static std::unique_ptr<CxlRegionDevice> Of(
      std::unique_ptr<NvdimmNamespace> space);

  const std::string& disk() const override { return space_->disk(); }
  std::string label() const override;
  const std::string& bus() const override { return space_->bus(); }
  const std::string& provider() const override { return space_->provider(); }
  const std::string& uuid() const override { return space_->uuid(); }
  DeviceUnits units() const override { return kCxlUnits; }
  SpaRange media() const override { return space_->media(); }

  bool KeepsBadblocks() const override { return false; }
  bool CanInject() const override { return why_not_.empty(); }
  bool CanClear() const override { return why_not_.empty(); }
  bool ClearingKeepsBytes() const override { return false; }
  bool Notifies() const override { return false; }
  std::string_view OwnInjectorName() const override { return "cxl"; }
  std::string WhyOwnInjector() const override;
  std::unique_ptr<Injector> OwnInjector(bool saturate) const override;
  std::unique_ptr<DeviceMedia> OpenMedia(bool exclusive) const override;
  int64_t ClearErrors(SpaRange bad, std::string* why) override;
  std::unique_ptr<DeviceList> OpenList() const override;

 private:
  CxlRegionDevice(std::unique_ptr<NvdimmNamespace> space, std::string region,
                  CxlAddressMap map);

  std::unique_ptr<NvdimmNamespace> space_;
  const std::string region_;
  const CxlAddressMap map_;
  std::string why_not_;
};

const DeviceKind& CxlKind();

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_REGION_DEVICE_H_
