// SPDX-License-Identifier: GPL-2.0-only
//
// What destructive checks of a CXL memory device change, and how it is put
// back: poison in a range of DPAs, which is cleared, and settings and labels,
// which are set again as they were. It is kept in a note (memdev_note.h) before
// anything is changed, so that `daxmend restore` can do the same.
//
// What cannot be read first is not to be changed.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/range.h"
#include "validate/memdev/memdev_writer.h"

namespace daxmend {

struct MemdevUndo {
  struct Command {
    MemdevCommand command = MemdevCommand::kIdentify;
    std::string payload;
  };
  DpaRange range;                 // where poison is cleared; may be empty
  std::vector<Command> commands;  // what sets the rest as it was
  // When that was read, by the machine's clock in ns since 1970: the device's
  // own clock has gone on since.
  uint64_t read_at = 0;
  // What would change something else. Not kept in the note.
  RefusedCommands refused = {};
  bool empty() const { return range.empty() && commands.empty(); }
};

// What the device holds now, which checks change.
MemdevUndo ReadMemdevUndo(MemdevTransport& device, DpaRange range);

// Puts back what these commands have changed. Returns what could not be, in
// words; empty when all is as it was.
std::string PutBack(MemdevWriter& probe, const MemdevUndo& undo,
                    const std::set<MemdevCommand>& told);
// The same, whatever was changed.
std::string PutBack(MemdevTransport& device, const MemdevUndo& undo);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_
