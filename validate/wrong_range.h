// SPDX-License-Identifier: GPL-2.0-only
//
// Ranges that no function of an NVDIMM root device's _DSM may take: it has to
// refuse them as invalid input parameters (ACPI 6.5 §9.20.7).
//
// Thread-safe.

#ifndef DAXMEND_VALIDATE_WRONG_RANGE_H_
#define DAXMEND_VALIDATE_WRONG_RANGE_H_

#include <cstdint>

#include "validate/probe.h"

namespace daxmend {

// Bytes; not an SpaRange, because start + length may be beyond 64 bits.
struct WrongRange {
  uint64_t start = 0;
  uint64_t length = 0;
};

// Addresses that no machine has.
WrongRange NoMemory(Probe& probe);

// Of Probe::pmem(), for functions that change nothing there.
WrongRange PastTheEnd(Probe& probe);
WrongRange BeforeTheBeginning(Probe& probe);
WrongRange EmptyRange(Probe& probe);
WrongRange WrappingRange(Probe& probe);

// Beginning in DestructiveProbe::test_range(), for functions that poison or
// clear: what firmware does to the beginning of a range that it should have
// refused is cleaned up.
WrongRange TestPastTheEnd(DestructiveProbe& probe);
WrongRange EmptyTestRange(DestructiveProbe& probe);
WrongRange WrappingTestRange(DestructiveProbe& probe);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_WRONG_RANGE_H_
