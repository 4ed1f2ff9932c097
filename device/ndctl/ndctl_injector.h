// SPDX-License-Identifier: GPL-2.0-only
//
// Injects by the calls of `ndctl inject-error` (ndctl/lib/inject.c, ndctl 76),
// and by the kernel's ioctl where libndctl hides what the firmware answers.
//
// Not thread-safe.

#ifndef DAXMEND_DEVICE_NDCTL_NDCTL_INJECTOR_H_
#define DAXMEND_DEVICE_NDCTL_NDCTL_INJECTOR_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "device/injector.h"
#include "device/ndctl/handles.h"

namespace daxmend {

class NdctlInjector : public Injector {
 public:
  // `saturate`: whole sectors, and not the first clear unit of each.
  NdctlInjector(std::unique_ptr<NdctlSpace> space, bool saturate)
      : space_(std::move(space)), saturate_(saturate) {}

  std::string_view name() const override { return "ndctl"; }
  void Inject(UnitRange sectors, bool notify) override;
  void Uninject(UnitRange sectors) override;
  std::vector<UnitRange> Injected() override;
  void StartScrub() override;
  void WaitForScrub() override;

 private:
  const std::unique_ptr<NdctlSpace> space_;
  const bool saturate_;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_NDCTL_NDCTL_INJECTOR_H_
