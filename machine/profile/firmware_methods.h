// SPDX-License-Identifier: GPL-2.0-only
//
// The methods of the firmware's AML: which one a byte of its code is of, in the
// guest's memory.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_PROFILE_FIRMWARE_METHODS_H_
#define DAXMEND_MACHINE_PROFILE_FIRMWARE_METHODS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daxmend {

class FirmwareMethods {
 public:
  // "LENGTH/BEGIN-END-NAME/...": those of an SSDT of that length, in its order.
  // False when it is not that.
  bool Read(const char* text);

  // The guest has an SSDT of `bytes` at the physical address `at`.
  void Table(uint64_t at, uint64_t bytes);
  bool found() const { return table_.has_value(); }

  // From 1 on; 0: none of them has its code there.
  uint16_t NumberAt(uint64_t physical) const;
  // By number, without that of 0; none where the table was not found.
  std::vector<std::string> Names() const;

 private:
  struct Method {
    uint64_t begin, end;  // in the table
    std::string name;
  };
  uint64_t bytes_ = 0;
  std::vector<Method> methods_;
  std::optional<uint64_t> table_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_FIRMWARE_METHODS_H_
