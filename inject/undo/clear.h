// SPDX-License-Identifier: GPL-2.0-only
//
// Making poisoned sectors good again on purpose: those that the journal has
// with the newest bytes that are known (give_back.h), others with zeros (that
// data is gone).

#ifndef DAXMEND_INJECT_UNDO_CLEAR_H_
#define DAXMEND_INJECT_UNDO_CLEAR_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "device/device_media.h"
#include "inject/poison_list.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"

namespace daxmend {

struct ClearResult {
  uint64_t restored_sectors = 0;  // got their bytes back
  uint64_t zeroed_sectors = 0;    // their data is lost
  uint64_t unit_bytes = kSectorBytes;
};

// Clears `poison`, all of it on `disk`, whose namespace has this uuid. Only
// what the kernel lists at that moment is written. `unlisting` as for GiveBack.
// Throws Error when a sector stays bad.
ClearResult ClearListed(const std::vector<ListedPoison>& poison,
                        const std::string& namespace_uuid,
                        const std::vector<JournalEntry>& entries,
                        DeviceMedia& disk, Unlisting* unlisting = nullptr);

// Throws Error where clearing `listing` would zero-fill sectors of `target`
// that other files have, too (reflink); those that the journal can give their
// bytes back do not count.
void RequireOwn(const PoisonListing& listing, const std::string& namespace_uuid,
                const std::vector<JournalEntry>& entries,
                const std::string& target);

// Clears what `list` lists of `target`, again while it is cut. With `force`
// also what RequireOwn refuses. Journal entries that have nothing left to undo
// are removed. Every disk of a listing is opened, and nothing on it refused,
// before anything of that listing is touched. Throws Error.
ClearResult ClearAll(const std::string& target,
                     const std::function<PoisonListing()>& list,
                     Journal& journal, bool force = false);

// The same of what ListPoison(target) lists; a block device must not be in use.
// Throws Error, before anything is touched where something of the target cannot
// be looked at.
ClearResult ClearPoison(const std::string& target, Journal& journal,
                        bool force = false);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_CLEAR_H_
