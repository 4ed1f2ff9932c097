// SPDX-License-Identifier: GPL-2.0-only
//
// What is checked: every check with its description and the code that asks. The
// checks of one area are in one file; AllChecks() is the only list.
//
// A check is a function that asks through a Probe, or a DestructiveProbe, and
// returns when what its title says holds. Where it does not, it ends in
// Probe::Fail, Warn or Skip. It keeps no state: every check may be run alone,
// in any order.
//
// Thread-safe.

#ifndef DAXMEND_VALIDATE_CHECK_H_
#define DAXMEND_VALIDATE_CHECK_H_

#include <variant>
#include <vector>

#include "records/validation_record.h"
#include "validate/probe.h"

namespace daxmend {

struct Check {
  // Read-only, and destructive: the type of the function says which.
  Check(CheckDescription what, void (*check)(Probe&));
  Check(CheckDescription what, void (*check)(DestructiveProbe&));

  CheckDescription description;
  // Destructive ones write to, or poison, DestructiveProbe::test_range() and
  // nothing else; whatever they leave there is cleaned up after them.
  std::variant<void (*)(Probe&), void (*)(DestructiveProbe&)> run;
};

// In the order in which they run and are reported.
const std::vector<Check>& AllChecks();

// Area by area.
std::vector<Check> NfitChecks();
std::vector<Check> FunctionChecks();
std::vector<Check> CapabilityChecks();
std::vector<Check> StartChecks();
std::vector<Check> StatusChecks();
std::vector<Check> InjectChecks();
std::vector<Check> ClearChecks();
std::vector<Check> WholeWayChecks();
std::vector<Check> TimingChecks();
std::vector<Check> HostileChecks();
// Of all functions: results/reference/validate-coverage.md has the table.
std::vector<Check> BoundaryChecks();
std::vector<Check> StateChecks();
std::vector<Check> FieldChecks();
std::vector<Check> LoadChecks();

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_CHECK_H_
