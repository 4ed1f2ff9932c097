// SPDX-License-Identifier: GPL-2.0-only
//
// Giving the sectors of an entry that overwrites (JournalEntry::overwrites) the
// bytes it kept. What its writer leaves in them is known, so where the media
// keeps its bytes, sectors that hold others were written since by somebody else
// and stay as they are. Elsewhere firmware may have changed them: there the
// kept bytes count, whoever wrote last.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_UNDO_PUT_BACK_H_
#define DAXMEND_INJECT_UNDO_PUT_BACK_H_

#include <string>
#include <vector>

#include "device/device_media.h"
#include "inject/undo/journal.h"

namespace daxmend {

// What validate overwrites sectors with: other bytes in each.
std::string RepairedBytes(UnitRange sectors);

// Both normalized.
struct BytesPutBack {
  std::vector<UnitRange> written;
  std::vector<UnitRange> newer;  // somebody else's, as they are
};

// Writes what of the entry's sectors (none of them bad) holds other bytes,
// reads it again and compares. `media_keeps`: neither injecting nor clearing
// changes bytes. Throws Error: the entry is the only copy, and must stay.
BytesPutBack PutBack(const JournalEntry& entry, bool media_keeps,
                     DeviceMedia& disk);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_PUT_BACK_H_
