// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/badblocks_injector.h"

#include "system/block_device.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

InjectorChoice JudgeBadblocks(const InjectorDisk& disk, const InjectorHost&) {
  if (std::string reason = ListReason(disk); !reason.empty())
    return {"badblocks", false, false, std::move(reason)};
  return {"badblocks", true, !disk.injects,
          "the kernel's list of " + disk.disk +
              " accepts entries; the media stays good, a reboot drops them"};
}

std::unique_ptr<Injector> MakeBadblocks(const MethodRequest& request) {
  return std::make_unique<BadblocksInjector>(
      FindBlockDevice("/dev/" + request.device.disk()).badblocks_path());
}

}  // namespace

void BadblocksInjector::Inject(UnitRange sectors, bool) {
  AddBadblocks(list_, sectors);
}

std::vector<UnitRange> BadblocksInjector::Injected() {
  return ParseBadblocks(ReadFile(list_));
}

InjectionMethod BadblocksMethod() {
  return {.judge = JudgeBadblocks, .make = MakeBadblocks};
}

}  // namespace daxmend
