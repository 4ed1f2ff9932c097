// SPDX-License-Identifier: GPL-2.0-only

#include "validate/check.h"

namespace daxmend {

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> all = [] {
    std::vector<Check> checks;
    for (const auto& area :
         {NfitChecks(), FunctionChecks(), CapabilityChecks(), StartChecks(),
          StatusChecks(), InjectChecks(), ClearChecks(), WholeWayChecks(),
          TimingChecks(), HostileChecks(), BoundaryChecks(), StateChecks(),
          FieldChecks()})
      checks.insert(checks.end(), area.begin(), area.end());
    return checks;
  }();
  return all;
}

}  // namespace daxmend
