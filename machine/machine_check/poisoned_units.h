// SPDX-License-Identifier: GPL-2.0-only
//
// What is poisoned: the firmware's own table (error_table.h), looked at in the
// guest's memory while the guest stands still.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_POISONED_UNITS_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_POISONED_UNITS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/range.h"
#include "machine/error_table.h"
#include "machine/machine_check/page_tables.h"

namespace daxmend {

class PoisonedUnits {
 public:
  // `ram`: the guest's RAM, a file whose first bytes are those at address 0.
  // Throws Error.
  PoisonedUnits(const NvdimmParameters& nvdimm, int ram);
  ~PoisonedUnits();
  PoisonedUnits(const PoisonedUnits&) = delete;
  PoisonedUnits& operator=(const PoisonedUnits&) = delete;

  // In order; units that touch are one range.
  std::vector<SpaRange> Ranges() const;
  // `address` may be anything.
  bool IsPoisoned(uint64_t address) const;
  // Where the persistent memory is.
  SpaRange memory() const { return memory_; }
  const GuestRam& ram() const { return ram_; }

 private:
  uint32_t Dword(size_t level, uint32_t index) const;

  const ErrorTable table_;
  const SpaRange memory_;
  const uint64_t unit_;
  GuestRam ram_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_POISONED_UNITS_H_
