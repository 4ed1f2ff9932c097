// SPDX-License-Identifier: GPL-2.0-only

#include <utility>

#include "validate/memdev/memdev_check.h"

namespace daxmend {

const char* Name(AskedBy by) {
  switch (by) {
    case AskedBy::kBoth:
      return "kernel, direct";
    case AskedBy::kDirect:
      return "direct";
    case AskedBy::kKernel:
      return "kernel";
  }
  return "";
}

MemdevCheck::MemdevCheck(CheckDescription what, AskedBy asked,
                         void (*check)(MemdevProbe&))
    : description(std::move(what)), by(asked), run(check) {
  description.destructive = false;
  description.asked = Name(asked);
}

MemdevCheck::MemdevCheck(CheckDescription what, AskedBy asked,
                         void (*check)(MemdevWriter&))
    : description(std::move(what)), by(asked), run(check) {
  description.destructive = true;
  description.asked = Name(asked);
}

const std::vector<MemdevCheck>& AllMemdevChecks() {
  static const std::vector<MemdevCheck> all = [] {
    std::vector<MemdevCheck> checks;
    for (const auto& area :
         {RegisterChecks(), MailboxChecks(), LogChecks(), IdentityChecks(),
          LabelChecks(), PoisonInjectChecks(), PoisonClearChecks(),
          PoisonListChecks(), ScanChecks(), EventChecks(), EventSettingChecks(),
          HealthChecks(), FeatureChecks(), ResetChecks(), RebootChecks(),
          HarmChecks()})
      checks.insert(checks.end(), area.begin(), area.end());
    return checks;
  }();
  return all;
}

}  // namespace daxmend
