// SPDX-License-Identifier: GPL-2.0-only
//
// What is checked of a CXL memory device: every check with its description, by
// which way it is asked, and the code that asks. The checks of one area are in
// one file; AllMemdevChecks() is the only list.
//
// A check is a function that asks through a MemdevProbe, or a MemdevWriter, and
// returns when what its title says holds. Where it does not, it ends in Fail,
// Warn or Skip. It keeps no state: every check may be run alone, in any order.
//
// Thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_CHECK_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_CHECK_H_

#include <utility>
#include <variant>
#include <vector>

#include "records/validation_record.h"
#include "validate/memdev/memdev_writer.h"

namespace daxmend {

enum class AskedBy {
  kBoth,    // through the kernel or by our own mailbox code
  kDirect,  // the kernel lets nobody ask it
  kKernel,  // is about the kernel's driver with this device
};
const char* Name(AskedBy by);

struct MemdevCheck {
  // Read-only, and destructive: the type of the function says which.
  MemdevCheck(CheckDescription what, AskedBy by, void (*check)(MemdevProbe&));
  MemdevCheck(CheckDescription what, AskedBy by, void (*check)(MemdevWriter&));

  CheckDescription description;
  AskedBy by;
  // Destructive ones poison MemdevWriter::test_range() and nothing else;
  // whatever they leave is put back after them.
  std::variant<void (*)(MemdevProbe&), void (*)(MemdevWriter&)> run;
};

// In the order in which they run and are reported.
const std::vector<MemdevCheck>& AllMemdevChecks();

// Area by area.
std::vector<MemdevCheck> RegisterChecks();
std::vector<MemdevCheck> MailboxChecks();
std::vector<MemdevCheck> LogChecks();
std::vector<MemdevCheck> IdentityChecks();
std::vector<MemdevCheck> LabelChecks();
std::vector<MemdevCheck> PoisonInjectChecks();
std::vector<MemdevCheck> PoisonClearChecks();
std::vector<MemdevCheck> PoisonListChecks();
std::vector<MemdevCheck> ScanChecks();
std::vector<MemdevCheck> EventChecks();
std::vector<MemdevCheck> EventSettingChecks();
std::vector<MemdevCheck> HealthChecks();
std::vector<MemdevCheck> FeatureChecks();
std::vector<MemdevCheck> ResetChecks();
std::vector<MemdevCheck> RebootChecks();
std::vector<MemdevCheck> HarmChecks();

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_CHECK_H_
