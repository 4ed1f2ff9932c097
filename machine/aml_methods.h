// SPDX-License-Identifier: GPL-2.0-only
//
// The control methods of an ACPI table, and where their code is: what the
// profiler names the bytes by that the guest's kernel interprets.
//
// Source: ACPI 6.5, 20.2 "AML Grammar Definition".
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_AML_METHODS_H_
#define DAXMEND_MACHINE_AML_METHODS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct AmlMethod {
  uint64_t begin, end;  // offsets in the table, half-open: the method's terms
  std::string name;     // "_SB.NVDR._DSM"
  bool operator==(const AmlMethod&) const = default;
};

// Those of a DSDT or SSDT, in the order of the table. What stands at the top of
// a scope and is none of the declarations that are known ends that scope:
// methods behind it are not found. Of bytes that are no table there are none.
std::vector<AmlMethod> AmlMethods(std::string_view table);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_AML_METHODS_H_
