// SPDX-License-Identifier: GPL-2.0-only
//
// Giving all sectors of an entry that overwrites (JournalEntry::overwrites) the
// bytes it kept, whoever wrote them last.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_PUT_BACK_H_
#define DAXMEND_INJECT_PUT_BACK_H_

#include <vector>

#include "inject/disk_sectors.h"
#include "inject/journal.h"

namespace daxmend {

// Writes what of the entry's sectors (none of them bad) holds other bytes,
// reads it again and compares; returns what it wrote, normalized. Throws Error:
// the entry is the only copy, and must stay.
std::vector<SectorRange> PutBack(const JournalEntry& entry, DiskSectors& disk);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PUT_BACK_H_
