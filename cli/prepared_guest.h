// SPDX-License-Identifier: GPL-2.0-only
//
// What the subcommands that boot a guest have in common.
//
// Not thread-safe.

#ifndef DAXMEND_CLI_PREPARED_GUEST_H_
#define DAXMEND_CLI_PREPARED_GUEST_H_

#include <string>

#include "machine/guest.h"

namespace daxmend {

// Finds (an installed daxmend: makes, and says so for `subcommand`) the image
// of `kernel` and the QEMU that `request` names, and makes room for xfs where
// no size was asked for. Throws Error.
void PrepareGuest(const std::string& subcommand, const std::string& kernel,
                  bool size_given, GuestRequest* request);

// RunGuest() with a profile, which is written to request->out when COMMAND has
// succeeded. Throws Error.
int RunProfiled(GuestRequest* request);

}  // namespace daxmend

#endif  // DAXMEND_CLI_PREPARED_GUEST_H_
