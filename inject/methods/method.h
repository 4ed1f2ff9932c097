// SPDX-License-Identifier: GPL-2.0-only
//
// What a way to inject poison is, for the table in injectors.cc: a new one is a
// file with a function that returns its row, and the row there.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_METHODS_METHOD_H_
#define DAXMEND_INJECT_METHODS_METHOD_H_

#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
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

// What the choice depends on; ReadInjectorHost() asks the running system.
struct InjectorHost {
  bool memory_failure = false;  // CONFIG_MEMORY_FAILURE
  bool mce_inject = false;      // the module is loaded, debugfs is mounted
  std::string cpu_vendor;       // "GenuineIntel"
};

// What a device has, of itself.
struct InjectorDisk {
  std::string disk;           // "pmem0"
  std::string bus;            // "ndbus0"
  std::string provider;       // "ACPI.NFIT"
  bool injects = false;       // its own injector does
  bool clears = true;         // a write makes a poisoned unit good again
  bool listed = true;         // the kernel keeps a list of its bad sectors
  bool region_list = false;   // the kernel does, but of its region
  std::string own = "ndctl";  // the name of its own injector
  std::string why_own = {};   // why that injects, or does not
};

// Why nothing may be put on the kernel's list of `disk`: it has none, or
// nothing would take an entry off it again. Empty when it may.
std::string ListReason(const InjectorDisk& disk);

struct MethodRequest {
  const PoisonDevice& device;
  bool saturate = true;
  // To inject: the open file (-1 for a device), and where in it. Null to undo.
  int file = -1;
  const std::vector<PoisonedRange>* located = nullptr;
  // How sectors are made good without a change, which outlives the injector;
  // may be null.
  Unlisting* unlisting = nullptr;
};

struct InjectionMethod {
  InjectorChoice (*judge)(const InjectorDisk& disk, const InjectorHost& host);
  // Throws Error.
  std::unique_ptr<Injector> (*make)(const MethodRequest& request);
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_METHOD_H_
