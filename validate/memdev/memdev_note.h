// SPDX-License-Identifier: GPL-2.0-only
//
// A note of what validation of a CXL memory device has changed and not yet put
// back: the driver that was taken off it, and what its checks write. It lies in
// the journal's directory, one file for each device ("SERIAL.memdev"), from
// before the first change until everything is as it was; a run that was killed
// leaves it for `daxmend restore`, and one with --before-reboot for the one
// with --after-reboot.
//
// Any number of processes may share the directory; of one device one validates
// at a time.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_NOTE_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_NOTE_H_

#include <optional>
#include <string>
#include <vector>

#include "system/file_descriptor.h"
#include "validate/memdev/memdev_host.h"
#include "validate/memdev/memdev_reboot.h"
#include "validate/memdev/memdev_undo.h"

namespace daxmend {

struct MemdevNote {
  MemdevFacts facts;
  std::string address;  // "0000:0d:00.0" then; of one that is asked directly
  std::string driver;   // "cxl_pci", which it gets back
  MemdevUndo undo;      // empty where nothing is written
  // What waits for a run after a reboot.
  std::optional<MemdevRebootMarks> marks = {};
  bool direct() const { return !address.empty(); }
};

std::string Encode(const MemdevNote& note);
Decoded<MemdevNote> DecodeNote(std::string_view text);

class MemdevNotes {
 public:
  // `journal`: the directory, made where there is none. Locks this device's
  // note: throws Error while another validation has it, or when one that was
  // killed has left one; or when one waits for a run after a reboot.
  MemdevNotes(const std::string& journal, uint64_t serial);
  // The same for such a run: what waits for it goes to `waits`. Throws Error
  // where nothing does.
  MemdevNotes(const std::string& journal, uint64_t serial, MemdevNote& waits);

  // Replaces the note, synced.
  void Write(const MemdevNote& note);
  void Remove();

 private:
  void Lock(uint64_t serial);

  const std::string journal_, name_;
  FileDescriptor lock_;
};

// What was done of a note that was left, in words.
struct MemdevRestored {
  std::string device;
  std::string error;  // why it is not as it was; empty when it is
};
// Does what the notes in `journal` say, and removes those that worked. Notes of
// validations that run are left alone. Throws Error.
std::vector<MemdevRestored> RestoreMemdevs(const std::string& journal,
                                           MemdevHost& host);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_NOTE_H_
