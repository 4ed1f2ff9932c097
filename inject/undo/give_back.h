// SPDX-License-Identifier: GPL-2.0-only
//
// Making sectors that the kernel lists as bad good again with the newest bytes
// that anybody wrote to them, as far as these can be known.
//
// Where the media can be read below the list (unlist.h) its own bytes are
// taken: they are the newest there are. Elsewhere it is what the journal kept,
// the newest entry first. The kept bytes are older than what was written
// between the look at the sector and its listing, and than what was stored
// since through a mapping that was there before: the kernel refuses what would
// go round a listed sector by a system call, but not a store to a page that is
// mapped. inject looks again right before it poisons each sector; what then is
// left is the time that the firmware's notification and the scrub take, for
// which nobody can say whether the media took a write.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_UNDO_GIVE_BACK_H_
#define DAXMEND_INJECT_UNDO_GIVE_BACK_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "device/device_media.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"

namespace daxmend {

// What the entries of one namespace kept, the newest of each sector. Points
// into the entries, which must outlive it.
class KeptBytes {
 public:
  // Oldest first.
  explicit KeptBytes(std::vector<const JournalEntry*> entries);

  // Of all entries, normalized.
  const std::vector<UnitRange>& sectors() const { return sectors_; }
  // Visits `range`, which lies in sectors(), in parts, in no particular order,
  // each with the newest bytes that were kept of it.
  void ForNewest(
      UnitRange range,
      const std::function<void(UnitRange, std::string_view)>& visit) const;

 private:
  std::vector<const JournalEntry*> entries_;
  std::vector<UnitRange> sectors_;
};

// Sectors that were listed and are not any more, normalized.
struct GivenBack {
  std::vector<UnitRange> by_media;    // have the bytes the media had
  std::vector<UnitRange> by_journal;  // have the bytes that were kept
};

// Lists the first of `units` that are not listed, and returns how many: as many
// as there is room for, or some hundred. Throws Error for any other failure.
uint64_t ListSome(const std::vector<UnitRange>& units, DeviceMedia& disk);

// Makes good what of `sectors` (normalized, all of them kept) is listed, and
// what cannot be read without being listed: the kernel takes the page away in
// which a load meets poison, and its list may be full. What is repaired by
// others meanwhile stays as they made it. With `unlisting`, the
// media of the whole disk can be read below the list; `kept` should then have
// all that the journal has of the disk, for a page in which something else is
// bad is not unlisted. Other kept sectors of a page stay listed, by the kernel
// alone. Throws Error when a write
// fails; a sector that stays listed is the caller's to find.
GivenBack GiveBack(const std::vector<UnitRange>& sectors, const KeptBytes& kept,
                   DeviceMedia& disk, Unlisting* unlisting);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_GIVE_BACK_H_
