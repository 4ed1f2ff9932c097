// SPDX-License-Identifier: GPL-2.0-only
//
// Taking planted poison back, so that the media is as it was: the firmware
// forgets the poison, and sectors the kernel still lists get back the bytes the
// journal kept. Sectors that were repaired since hold newer data and stay as
// they are. The kernel refuses writes that would change a poisoned sector
// without clearing it, so a listed sector's kept bytes are never stale.
//
// The sectors of an entry that overwrites (JournalEntry::overwrites) all get
// their bytes back, whoever wrote them last.

#ifndef DAXMEND_INJECT_UNDO_H_
#define DAXMEND_INJECT_UNDO_H_

#include <string>
#include <vector>

#include "inject/disk_sectors.h"
#include "inject/injector.h"
#include "inject/journal.h"

namespace daxmend {

class NvdimmNamespace;

// Undoes one entry on the disk that `injector` and `disk` are for. Returns how
// many sectors got their bytes back: what was written is read again and
// compared. Throws Error when the firmware or the kernel refuses, or other
// bytes are read; the media may be partly restored then and the same call can
// be made again. Does not touch the journal.
uint64_t UndoEntry(const JournalEntry& entry, Injector& injector,
                   DiskSectors& disk);

struct UndoOutcome {
  std::string id;
  std::string file;
  std::string disk;
  uint64_t sectors = 0;   // in the entry
  uint64_t restored = 0;  // were poisoned or overwritten; have their bytes back
  std::string error;      // why it could not be undone; empty when it was
};

// Undoes the entries of `journal` on the real devices, finding each by its
// namespace's uuid, and removes those that worked: all of them, or those
// planted in `file` (an absolute path) unless it is empty. A damaged entry has
// an outcome, too. Throws Error when somebody is planting.
std::vector<UndoOutcome> UndoAll(Journal& journal, const std::string& file);

// Whether `entry` has something left to undo: one of its sectors is among
// `planted` (normalized), what its injector has, or on the kernel's list. One
// that overwrites always has: only its bytes tell, and it is not for this to
// judge them.
bool HasLeft(const JournalEntry& entry, const std::vector<SectorRange>& planted,
             DiskSectors& disk);

// Removes the entries of `ndns` that have nothing left to undo, because they
// were repaired. Those of an injector that nobody can ask (hwpoison) stay. Only
// for who has the journal's lock alone: an entry whose poison is about to be
// planted looks the same.
void ForgetRepaired(Journal& journal, const NvdimmNamespace& ndns,
                    DiskSectors& disk);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_H_
