// SPDX-License-Identifier: GPL-2.0-only
//
// The ways to inject poison there are, which of them a device has here and why
// not the others, and the injector of a given name:
//
//   ndctl      an NVDIMM's own: its firmware, where that injects errors
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

#include "device/device.h"
#include "inject/methods/method.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"
#include "records/injection_record.h"

namespace daxmend {

InjectorHost ReadInjectorHost();

// All injectors, in the order above.
std::vector<InjectorChoice> JudgeInjectors(const InjectorDisk& disk,
                                           const InjectorHost& host);
std::vector<InjectorChoice> InjectorsOf(const PoisonDevice& device);

// What one device has.
struct DeviceInjectors {
  std::string disk;   // "pmem0"
  std::string label;  // "namespace0.0 on ndbus0"
  std::vector<InjectorChoice> choices;
};
// As 'daxmend injectors' prints them.
std::string ToText(const std::vector<DeviceInjectors>& devices);
std::string ToJson(const std::vector<DeviceInjectors>& devices);

struct InjectorRequest {
  std::string via;       // empty: the one that InjectorsOf() has by default
  bool saturate = true;  // whole units; else the least of each (ndctl)
};

// The injector that `request` asks for, to inject into the open file `file`
// (-1 for a device), whose parts to poison are `located`. `unlisting`, where
// there is one, is how it makes sectors good again, and outlives it. Throws
// Error, with the reason, when there is no such injector or the disk does not
// support it.
std::unique_ptr<Injector> InjectorToInject(
    const PoisonDevice& device, const InjectorRequest& request, int file,
    const std::vector<PoisonedRange>& located, Unlisting* unlisting);

// The injector that can uninject `entry` of `device`. Throws Error for an
// injector this daxmend does not know.
std::unique_ptr<Injector> InjectorToUndo(const PoisonDevice& device,
                                         const JournalEntry& entry,
                                         Unlisting* unlisting = nullptr);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_INJECTORS_H_
