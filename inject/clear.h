// SPDX-License-Identifier: GPL-2.0-only
//
// Making poisoned sectors good again on purpose: with the bytes the journal
// kept where it has them, with zeros elsewhere (that data is gone).

#ifndef DAXMEND_INJECT_CLEAR_H_
#define DAXMEND_INJECT_CLEAR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "inject/disk_sectors.h"
#include "inject/journal.h"
#include "inject/poison_list.h"

namespace daxmend {

struct ClearResult {
  uint64_t restored_sectors = 0;  // got their bytes back from the journal
  uint64_t zeroed_sectors = 0;    // their data is lost
};

// Clears `poison`, all of it on `disk`, whose namespace has this uuid. Only
// what the kernel lists is written. Throws Error when a sector stays bad.
ClearResult ClearListed(const std::vector<ListedPoison>& poison,
                        const std::string& namespace_uuid,
                        const std::vector<JournalEntry>& entries,
                        DiskSectors& disk);

// Clears what ListPoison(target) lists; a device must not be in use. Journal
// entries that have nothing left to undo are removed. Throws Error.
ClearResult ClearPoison(const std::string& target, Journal& journal);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_CLEAR_H_
