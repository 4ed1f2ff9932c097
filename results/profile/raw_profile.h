// SPDX-License-Identifier: GPL-2.0-only
//
// What the profiler in the emulator found (machine/profile/tracker.h), in
// addresses, and what becomes of it with names. The text is lines of a letter
// and numbers, a head before and an end behind them:
//
//   daxmend-profile 2
//   M NUMBER NAME                a method of the firmware, numbers from 1 on
//   N NODE PARENT INTERRUPT SITE   a place in the tree of calls: below its
//   parent,
//                                  called in front of the address SITE (hex)
//   B BLOCK ADDRESS                a block of code begins there (hex)
//   P JOB PATH                     what follows is of this job's path:
//   S WORK INTERRUPTS OTHERS UPKEEP  an I/O; UPKEEP is a part of WORK
//   F COUNT...                       what it touched, by FootprintCount; every
//   I/O
//                                    has this or none
//   C NODE BLOCK INSTRUCTIONS METHOD its instructions there, of all I/Os, while
//                                    that method was interpreted; 0: none was
//   E
//
// Node 0 is where I/Os began, node 1 what other threads did.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PROFILE_RAW_PROFILE_H_
#define DAXMEND_RESULTS_PROFILE_RAW_PROFILE_H_

#include <string>
#include <string_view>

#include "records/profile_record.h"
#include "results/profile/symbols.h"

namespace daxmend {

// Names everything in `raw`; jobs get those of `run`. Throws Error when `raw`
// is not whole, or tells of nothing.
ProfileRecord NamedProfile(std::string_view raw, const Symbols& symbols,
                           const RunRecord& run);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PROFILE_RAW_PROFILE_H_
