// SPDX-License-Identifier: GPL-2.0-only
//
// What was, or was about to be, injected: written and synced before the first
// sector is poisoned, removed when the media is as it was. One directory, two
// files an entry: `ID.data` has the bytes the sectors held, `ID.json` says
// which sectors they are. The JSON appears last and by rename, so an entry is
// there whole or not at all, and injectors running side by side never touch
// each other's. Directory and files are their owner's alone, and nothing else
// is taken for an entry (private_directory.h).
//
// A lock on the directory (flock(2), so it ends with the process, however that
// ends) keeps undo from taking an entry away whose poison is being injected:
// whoever injects shares it, whoever undoes or forgets has it alone.
//
// Not thread-safe within one object; any number of processes may share the
// directory.

#ifndef DAXMEND_INJECT_UNDO_JOURNAL_H_
#define DAXMEND_INJECT_UNDO_JOURNAL_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "inject/undo/private_directory.h"

namespace daxmend {

inline constexpr char kDefaultJournal[] = "/var/lib/daxmend/journal";

struct JournalEntry {
  std::string id;              // given by Journal::Add
  std::string injector;        // "ndctl"
  std::string disk;            // "pmem0", when it was written
  std::string namespace_uuid;  // finds the disk again under another name
  std::string file;            // for people only
  // What is poisoned, normalized, in units of the device of so many bytes each.
  std::vector<UnitRange> sectors;
  // What they held, one after the other.
  std::string content;
  // The writer overwrites any of `sectors` besides poisoning them, and nobody
  // else may write there meanwhile: all of them get `content` back, listed as
  // bad or not. Otherwise a sector that is good holds newer data.
  bool overwrites = false;
  uint64_t unit_bytes = kSectorBytes;

  // The part of `content` that belongs to `part`, which lies in one of
  // `sectors`.
  std::string_view ContentOf(UnitRange part) const;
};

class Journal {
 public:
  // Makes nothing yet. `directory` as --journal names it.
  explicit Journal(std::string directory) : directory_(std::move(directory)) {}

  // Writes and syncs a new entry and returns its id. Throws Error when it
  // cannot be made durable; nothing is left behind then.
  std::string Add(const JournalEntry& entry);

  // Replaces the content of the entry of that id, which has the same sectors:
  // the old one is there, or the new one. Throws Error.
  void Update(const JournalEntry& entry);

  // Every entry, oldest first. Throws Error naming the file for one that is
  // damaged: it may stand for poison, so it is never passed over. With
  // `damaged`, what is wrong with those goes there instead, a line each.
  std::vector<JournalEntry> Entries(
      std::vector<std::string>* damaged = nullptr) const;

  // Forgets an entry and syncs that.
  void Remove(const std::string& id);

  // Removes what writers that were killed left behind: data without its JSON,
  // temporary files. Only for who has the lock alone.
  void Sweep();

  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

class JournalLock {
 public:
  // Makes the directory where there is none; locks nothing yet. Throws Error.
  explicit JournalLock(const Journal& journal);

  // Has the lock alone, after at most `patience`; false when somebody injects.
  bool TryAlone(std::chrono::milliseconds patience);
  // Shares the lock, after whoever undoes has finished.
  void Share();

 private:
  PrivateDirectory directory_;
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_JOURNAL_H_
