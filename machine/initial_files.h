// SPDX-License-Identifier: GPL-2.0-only
//
// The guest's initial file system: the archives of its image, and one with what
// this run brings (image/init.sh says what is where).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_INITIAL_FILES_H_
#define DAXMEND_MACHINE_INITIAL_FILES_H_

#include <string>

#include "machine/guest.h"
#include "machine/qemu_file.h"

namespace daxmend {

// COMMAND's standard input, for init.sh.
struct InitialInput {
  std::string whole;       // all of it; empty: none, or it comes later
  std::string parameters;  // assignments, of what comes later (live_input.h)
};

// Writes the archives to `initrd`. Throws Error for what cannot be read.
void FillInitialFiles(const GuestRequest& request, const InitialInput& input,
                      MemoryFile& initrd);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_INITIAL_FILES_H_
