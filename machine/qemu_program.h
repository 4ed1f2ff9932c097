// SPDX-License-Identifier: GPL-2.0-only
//
// Which QEMU to start: the installed one, or one that the build fetched without
// installing it (cmake/GuestQemu.cmake), in directories beside the guest
// image's:
//
//   qemu/NAME/version              "11.1.3"
//   qemu/NAME/qemu-system-x86_64   starts it with its own libraries
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_QEMU_PROGRAM_H_
#define DAXMEND_MACHINE_QEMU_PROGRAM_H_

#include <string>

namespace daxmend {

// The program that `qemu` names. A version or its first parts ("11", "11.1") is
// the newest such QEMU under `fetched`; anything else is a program, and is
// returned as it is. Throws Error, with the command that fetches one, when no
// such version is there.
std::string FindQemu(const std::string& fetched, const std::string& qemu);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_QEMU_PROGRAM_H_
