// SPDX-License-Identifier: GPL-2.0-only

#include <utility>

#include "validate/check.h"

namespace daxmend {

Check::Check(CheckDescription what, void (*check)(Probe&))
    : description(std::move(what)), run(check) {
  description.destructive = false;
}

Check::Check(CheckDescription what, void (*check)(DestructiveProbe&))
    : description(std::move(what)), run(check) {
  description.destructive = true;
}

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> all = [] {
    std::vector<Check> checks;
    for (const auto& area :
         {NfitChecks(), FunctionChecks(), CapabilityChecks(), StartChecks(),
          StatusChecks(), InjectChecks(), ClearChecks(), WholeWayChecks(),
          TimingChecks(), HostileChecks(), BoundaryChecks(), StateChecks(),
          FieldChecks(), LoadChecks()})
      checks.insert(checks.end(), area.begin(), area.end());
    return checks;
  }();
  return all;
}

}  // namespace daxmend
