// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/own_injector.h"

namespace daxmend {
namespace {

InjectorChoice JudgeOwn(const InjectorDisk& disk, const InjectorHost&) {
  return {disk.own, disk.injects, disk.injects, disk.why_own};
}

std::unique_ptr<Injector> MakeOwn(const MethodRequest& request) {
  return request.device.OwnInjector(request.saturate);
}

}  // namespace

InjectionMethod OwnMethod() { return {.judge = JudgeOwn, .make = MakeOwn}; }

}  // namespace daxmend
