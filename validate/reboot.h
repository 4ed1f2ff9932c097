// SPDX-License-Identifier: GPL-2.0-only
//
// What is left in the test range for a run after a reboot: one page that was
// poisoned and repaired, one that was poisoned and not. Where they are follows
// from the test range, which the journal keeps, so nothing else has to survive.
//
// Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_REBOOT_H_
#define DAXMEND_VALIDATE_REBOOT_H_

#include "core/range.h"

namespace daxmend {

struct RebootMarks {
  SpaRange repaired;
  SpaRange left;
};

RebootMarks MarksIn(SpaRange test_range);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_REBOOT_H_
