// SPDX-License-Identifier: GPL-2.0-only
//
// Which side of a reboot a run is on, and what is left in the test range for
// one after it: one page that was poisoned and repaired, one that was poisoned
// and not. Where they are follows from the test range, which the journal keeps,
// so nothing else has to survive.
//
// Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_REBOOT_H_
#define DAXMEND_VALIDATE_REBOOT_H_

#include "core/range.h"

namespace daxmend {

enum class Reboot {
  kNone,
  kBefore,  // leave what the run after the reboot asks for
  kAfter,   // ask for what was left, and for nothing else
};

struct RebootMarks {
  SpaRange repaired;
  SpaRange left;
};

RebootMarks MarksIn(SpaRange test_range);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_REBOOT_H_
