// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/silent_injector.h"

namespace daxmend {
namespace {

InjectorChoice JudgeSilent(const InjectorDisk& disk, const InjectorHost&) {
  if (!disk.injects) return {"silent", false, false, disk.why_own};
  if (!disk.listed)
    return {"silent", false, false,
            "the device lists its poison itself, whoever injects it"};
  return {"silent", true, false,
          disk.own +
              " without a notification: nobody knows until a load or a "
              "scrub meets it"};
}

std::unique_ptr<Injector> MakeSilent(const MethodRequest& request) {
  return std::make_unique<SilentInjector>(
      request.device.OwnInjector(request.saturate));
}

}  // namespace

InjectionMethod SilentMethod() {
  return {.judge = JudgeSilent, .make = MakeSilent};
}

}  // namespace daxmend
