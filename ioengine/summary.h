// SPDX-License-Identifier: GPL-2.0-only
//
// The table printed after fio's own output: what each path of each job took.
//
// A pure function of what was measured; thread-safe.

#ifndef DAXMEND_IOENGINE_SUMMARY_H_
#define DAXMEND_IOENGINE_SUMMARY_H_

#include <string>

#include "ioengine/run_state.h"

namespace daxmend {

// Several lines, the last ending in a newline; empty when no job was left and
// none was killed.
// `clock` is Environment::clock, and decides what the numbers are called.
// `check` is the clock's check, printed when it did not come out ok.
std::string FormatSummary(const RunState::Left& left, Clock clock,
                          const std::optional<ClockCheck>& check = {});

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_SUMMARY_H_
