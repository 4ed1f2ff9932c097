// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/own_injector.h"

namespace daxmend {
namespace {

InjectorChoice JudgeOwn(const InjectorDisk& disk, const InjectorHost&) {
  const std::string bus = disk.bus + " (" + disk.provider + ")";
  return {disk.own, disk.injects, disk.injects,
          disk.injects ? bus + " has ARS error injection"
                       : bus +
                             " has no ARS error injection (root-device _DSM "
                             "functions 7, 8 and 9)"};
}

std::unique_ptr<Injector> MakeOwn(const MethodRequest& request) {
  return request.device.OwnInjector(request.saturate);
}

}  // namespace

InjectionMethod OwnMethod() { return {.judge = JudgeOwn, .make = MakeOwn}; }

}  // namespace daxmend
