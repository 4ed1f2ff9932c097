// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/combined_injector.h"

#include "inject/methods/badblocks_injector.h"
#include "inject/methods/own_injector.h"

namespace daxmend {
namespace {

InjectorChoice JudgeCombined(const InjectorDisk& disk,
                             const InjectorHost& host) {
  const InjectorChoice mappings = HwpoisonMethod().judge(disk, host);
  return {"combined", mappings.available, false,
          mappings.available ? (disk.injects ? disk.own : "badblocks") +
                                   " for system calls, hwpoison for mappings"
                             : mappings.reason};
}

std::unique_ptr<Injector> MakeCombined(const MethodRequest& request) {
  const InjectionMethod listing =
      request.device.CanInject() ? OwnMethod() : BadblocksMethod();
  return std::make_unique<CombinedInjector>(listing.make(request),
                                            MakeHwpoison(request));
}

}  // namespace

InjectionMethod CombinedMethod() {
  return {.judge = JudgeCombined, .make = MakeCombined};
}

}  // namespace daxmend
