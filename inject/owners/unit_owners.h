// SPDX-License-Identifier: GPL-2.0-only
//
// Owners are found by the sector, and poison is of units that may be smaller:
// the owners of such units.
//
// Pure; thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_UNIT_OWNERS_H_
#define DAXMEND_INJECT_OWNERS_UNIT_OWNERS_H_

#include <cstdint>
#include <vector>

#include "inject/owners/owners.h"

namespace daxmend {

// The parts of `owned`, which FindOwners() gave, in `units` of `unit` bytes.
// Their `sectors` are such units.
std::vector<SectorOwner> OwnersOfUnits(const std::vector<SectorOwner>& owned,
                                       UnitRange units, uint64_t unit);

// Who has `units` beside the file `inode`, which has them at `file`. It may
// have them a second time, elsewhere.
std::vector<Sharer> OthersOf(const std::vector<SectorOwner>& owned,
                             UnitRange units, uint64_t unit, uint64_t inode,
                             FileRange file);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_UNIT_OWNERS_H_
