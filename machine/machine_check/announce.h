// SPDX-License-Identifier: GPL-2.0-only
//
// The guest's side of announcement.h.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCE_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCE_H_

#include <string_view>

#include "machine/machine_check/announcement.h"

namespace daxmend {

// What /proc/kallsyms, /proc/cpuinfo and /proc/vmallocinfo say of this machine.
Announcement DescribeMachine(AnnouncementKind what, std::string_view symbols,
                             std::string_view processor,
                             std::string_view mappings);

// Tells the host; where nobody watches, nothing happens. Needs root, for whom
// alone kallsyms has addresses. Throws Error.
void Announce(AnnouncementKind what);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_ANNOUNCE_H_
