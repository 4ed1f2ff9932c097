// SPDX-License-Identifier: GPL-2.0-only
//
// What the guest hands to the host when COMMAND has ended: a tar on a raw disk,
// with the tree out/ and, last, the file status.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_HANDOVER_H_
#define DAXMEND_MACHINE_HANDOVER_H_

#include <optional>
#include <string>

namespace daxmend {

// COMMAND's exit status from the tar in `disk` (a file descriptor); nothing
// when there is no tar or `status` is not in it: the guest ended early, or /out
// did not fit.
std::optional<int> HandedOverStatus(int disk);

// Unpacks out/ into the directory `out`, which is made when it is not there;
// what has the same name in it is replaced. It is unpacked beside `out` first,
// so that a full disk or a broken tar leaves `out` as it was; then its entries
// are renamed one after the other, and an error in that leaves those done.
// Throws Error, naming `out`.
void UnpackHandedOver(int disk, const std::string& out);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_HANDOVER_H_
