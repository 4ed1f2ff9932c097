// SPDX-License-Identifier: GPL-2.0-only
//
// What destructive checks of a CXL memory device change, and how it is put
// back: poison in a range of DPAs, which is cleared, and settings and labels,
// which are set again as they were. It is kept in a note (memdev_note.h) before
// anything is changed, so that `daxmend restore` can do the same.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_

#include <string>
#include <vector>

#include "core/range.h"
#include "validate/memdev/memdev_transport.h"

namespace daxmend {

struct MemdevUndo {
  struct Command {
    MemdevCommand command = MemdevCommand::kIdentify;
    std::string payload;
  };
  DpaRange range;                 // where poison is cleared
  std::vector<Command> commands;  // what sets the rest as it was
  bool empty() const { return range.empty() && commands.empty(); }
};

// What the device holds now, which checks change. What it does not let be read
// is left out.
MemdevUndo ReadMemdevUndo(MemdevTransport& device, DpaRange range);

// Clears what is listed in the range. Returns what could not be cleared, in
// words; empty when nothing is listed there any more.
std::string ClearMemdevRange(MemdevTransport& device, DpaRange range);
// Does everything. Returns what could not be put back.
std::string PutBack(MemdevTransport& device, const MemdevUndo& undo);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_UNDO_H_
