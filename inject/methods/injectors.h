// SPDX-License-Identifier: GPL-2.0-only
//
// The ways to inject poison there are, which of them a disk has here and why
// not the others, and the injector of a given name:
//
//   ndctl      the firmware, by libndctl: any bus with ARS error injection
//   badblocks  the kernel's list only: any persistent memory
//   mce        a simulated machine check: Intel processors, NFIT memory
//   hwpoison   the processes that have the page mapped, nothing else
//   combined   ndctl, or badblocks without firmware, and hwpoison
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_INJECTORS_H_
#define DAXMEND_INJECT_METHODS_INJECTORS_H_

#include <memory>
#include <string>
#include <vector>

#include "device/injector.h"
#include "device/nvdimm_namespace.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"
#include "records/injection_record.h"

namespace daxmend {

struct InjectorChoice {
  std::string name;
  bool available = false;
  bool by_default = false;  // what is taken when none is named
  std::string reason;       // why it is, or is not, available
  bool operator==(const InjectorChoice&) const = default;
};

// What the choice hangs on; ReadInjectorHost() asks the running system.
struct InjectorHost {
  bool memory_failure = false;  // CONFIG_MEMORY_FAILURE
  bool mce_inject = false;      // the module is loaded, debugfs is mounted
  std::string cpu_vendor;       // "GenuineIntel"
};
InjectorHost ReadInjectorHost();

// What a disk has, of itself.
struct InjectorDisk {
  std::string disk;      // "pmem0"
  std::string bus;       // "ndbus0"
  std::string provider;  // "ACPI.NFIT"
  bool injects = false;  // its firmware does
  bool clears = true;    // a write can take a sector off the kernel's list
};

// All injectors, in the order above.
std::vector<InjectorChoice> JudgeInjectors(const InjectorDisk& disk,
                                           const InjectorHost& host);
std::vector<InjectorChoice> InjectorsOf(const NvdimmNamespace& ndns);

struct InjectorRequest {
  std::string via;       // empty: the one that InjectorsOf() has by default
  bool saturate = true;  // whole sectors; else their first clear unit (ndctl)
};

// The injector that `request` asks for, to inject into the open file `file`
// (-1 for a device), whose parts to poison are `located`. `unlisting`, where
// there is one, is how it makes sectors good again, and outlives it. Throws
// Error, with the reason, when there is no such injector or the disk does not
// support it.
std::unique_ptr<Injector> InjectorToInject(
    const NvdimmNamespace& ndns, const InjectorRequest& request, int file,
    const std::vector<PoisonedRange>& located, Unlisting* unlisting);

// The injector that can uninject `entry` of `ndns`. Throws Error for an
// injector this daxmend does not know.
std::unique_ptr<Injector> InjectorToUndo(const NvdimmNamespace& ndns,
                                         const JournalEntry& entry,
                                         Unlisting* unlisting = nullptr);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_INJECTORS_H_
