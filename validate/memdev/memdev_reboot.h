// SPDX-License-Identifier: GPL-2.0-only
//
// What a run leaves on a CXL memory device for a run after a reboot, and what
// of it the device said before: a line that was poisoned and one that was
// poisoned and cleared, its last labels, its identity, and how many dirty
// shutdowns it has counted. The note keeps it (memdev_note.h).
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_REBOOT_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_REBOOT_H_

#include <cstdint>
#include <string>

#include "validate/memdev/memdev_undo.h"

namespace daxmend {

struct MemdevRebootMarks {
  // Why there is none of a kind, in words; empty where there is.
  std::string no_poison, no_labels, no_count;
  std::string identity;  // the answer to Identify
  std::string labels;    // the last kTestLabelBytes
  uint32_t dirty_shutdowns = 0;

  // Lines of the test range. Neither is a neighbour of the other.
  static constexpr int64_t kLeft = 4, kCleared = 8;
};

// What a run with --before-reboot has left for one after it.
struct MemdevLeft {
  MemdevUndo undo;
  MemdevRebootMarks marks;
};

// Leaves them. Throws Error where the device does not do what it should.
MemdevRebootMarks LeaveRebootMarks(MemdevWriter& probe);
// The last kTestLabelBytes of labels. Ends as a check does.
std::string LastLabels(MemdevProbe& probe);

// How they are undone, out of how everything is.
MemdevUndo UndoOfMarks(const MemdevUndo& undo);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_REBOOT_H_
