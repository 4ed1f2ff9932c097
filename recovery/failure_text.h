// SPDX-License-Identifier: GPL-2.0-only
//
// What to tell a user whose I/O could not be recovered.
//
// A pure function; thread-safe.

#ifndef DAXMEND_RECOVERY_FAILURE_TEXT_H_
#define DAXMEND_RECOVERY_FAILURE_TEXT_H_

#include <string>

#include "recovery/page_repair.h"

namespace daxmend {

// One line without a newline: the cause and the way out of a recovery that
// failed at `step` with `error` (errno). `clearing_reason` is what the way to
// the firmware said last.
std::string FailureText(Step step, int error,
                        const std::string& clearing_reason);

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_FAILURE_TEXT_H_
