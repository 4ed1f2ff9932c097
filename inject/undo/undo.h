// SPDX-License-Identifier: GPL-2.0-only
//
// Undoing what was injected: the firmware forgets the poison (uninject), and
// sectors that the kernel still lists are made good with their newest bytes
// (give_back.h says what can be known of these). Sectors that were repaired
// since hold newer data and stay as they are.
//
// What each way to inject leaves:
//
//   ndctl      The emulated NVDIMM's firmware keeps a table beside the memory:
//              reads and writes of pages that are not listed go on, and the
//              bytes are what was written last. Other firmware may destroy them
//              when it injects, when it uninjects and when it clears: every
//              sector that it has as injected is listed, and the kept bytes are
//              written, which clears it; only what is left is uninjected.
//   badblocks  The media stays good, and the kernel lists at once.
//   mce        The same, some milliseconds later.
//   hwpoison   The media stays good and nothing is listed.
//   combined   As ndctl or badblocks, and hwpoison.
//
// The sectors of an entry that overwrites (JournalEntry::overwrites) all get
// their bytes back, but those that somebody else wrote since (put_back.h).

#ifndef DAXMEND_INJECT_UNDO_UNDO_H_
#define DAXMEND_INJECT_UNDO_UNDO_H_

#include <string>
#include <vector>

#include "device/device_media.h"
#include "device/injector.h"
#include "inject/undo/give_back.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"

namespace daxmend {

class PoisonDevice;

// Entries of one namespace and who can uninject them.
struct Undoing {
  const JournalEntry* entry = nullptr;
  Injector* injector = nullptr;
  // Filled by UndoMerged.
  uint64_t restored = 0;  // sectors that were bad still, or overwritten, and
                          // are of no newer entry
  uint64_t from_journal = 0;  // of them, those that got the kept bytes
  uint64_t newer = 0;  // of an entry that overwrites: written since, untouched
  std::string error = {};  // why it is not undone; empty when it is
};

// Undoes `undoing`, oldest first; `kept` has at least their entries. With
// `unlisting`, the media can be read below the list. Does not touch the
// journal, and does not throw Error: an entry that has an error may be partly
// undone, and the same call can be made again.
void UndoMerged(std::vector<Undoing>& undoing, const KeptBytes& kept,
                DeviceMedia& disk, Unlisting* unlisting);

// The same, and then forgets in `journal` what is undone.
void UndoAndForget(std::vector<Undoing>& undoing, const KeptBytes& kept,
                   DeviceMedia& disk, Unlisting* unlisting, Journal& journal);

// UndoMerged for one entry. Returns how many sectors got their bytes back.
// Throws Error when the firmware or the kernel refuses.
uint64_t UndoEntry(const JournalEntry& entry, Injector& injector,
                   DeviceMedia& disk, Unlisting* unlisting = nullptr);

struct UndoOutcome {
  std::string id;
  std::string file;
  std::string disk;
  uint64_t sectors = 0;  // units in the entry
  uint64_t unit_bytes = kSectorBytes;
  uint64_t restored = 0;  // were poisoned or overwritten; have their bytes back
  // Of these, from the journal: the media could not be asked for newer ones.
  uint64_t from_journal = 0;
  uint64_t newer = 0;  // overwritten, then written by somebody else: untouched
  std::string error = {};  // why it could not be undone; empty when it was
};

// Undoes the entries of `journal` on the real devices, finding each by its
// namespace's uuid, and removes those that worked: all of them, or those
// injected in `file` (an absolute path) unless it is empty. Each sector gets
// the newest bytes that any entry of its namespace kept. A damaged entry has an
// outcome, too. Throws Error when somebody is injecting.
std::vector<UndoOutcome> UndoAll(Journal& journal, const std::string& file);

// Whether `entry` has something left to undo: one of its sectors is among
// `injected` (normalized), what its injector has, or on the kernel's list. One
// that overwrites always has: only its bytes tell, and it is not for this to
// judge them.
bool HasLeft(const JournalEntry& entry, const std::vector<UnitRange>& injected,
             DeviceMedia& disk);

// Removes the entries of `device` that have nothing left to undo, because they
// were repaired. Those of an injector that nobody can ask (hwpoison) stay. Only
// for who has the journal's lock alone: an entry whose poison is about to be
// injected looks the same.
void ForgetRepaired(Journal& journal, const PoisonDevice& device,
                    DeviceMedia& disk);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_UNDO_H_
