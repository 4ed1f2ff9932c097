// SPDX-License-Identifier: GPL-2.0-only
//
// Running the checks of a CXL memory device and putting on record how they
// ended.
//
// Destructive checks poison the last MiB of the device, which must be in no
// region and hold no poison. What they change is noted before anything is
// changed, put back after every check (poison, events) and at the end
// (everything). With Reboot::kBefore two lines and labels are then left for a
// run after a reboot, which asks for these alone and puts them back.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_VALIDATION_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_VALIDATION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "records/validation_record.h"
#include "validate/memdev/memdev_check.h"
#include "validate/memdev/memdev_reboot.h"
#include "validate/memdev/memdev_undo.h"
#include "validate/reboot.h"

namespace daxmend {

struct MemdevOptions {
  std::vector<std::string> only;  // ids of checks; all when empty
  bool destructive = false;
  // Other than kNone is destructive; kAfter needs `left`.
  Reboot reboot = Reboot::kNone;
  std::optional<MemdevLeft> left = {};
  // Told, before anything is changed, how that is undone; and, other than at
  // first, before marks are left for a run after a reboot.
  std::function<void(const MemdevUndo&)> keep = [](const MemdevUndo&) {};
  // Told of the reboot's marks once they are left.
  std::function<void(const MemdevLeft&)> leave = [](const MemdevLeft&) {};
  // Told when all of that is done.
  std::function<void()> restored = [] {};
  // Asked between checks: true stops and cleans up (Ctrl-C).
  std::function<bool()> cancelled = [] { return false; };
  // Told before each check: which one, and how many there are.
  std::function<void(const CheckDescription&, size_t at, size_t of)> progress =
      [](const CheckDescription&, size_t, size_t) {};
};

// The last MiB of a device of so many bytes. Throws Error where it has less
// than two.
DpaRange EndOfMemdev(const MemdevFacts& facts);

// The environment is the caller's to fill. Throws Error when validation cannot
// be done, or not to the end: an unknown id, a range that is already poisoned,
// a device that has gone away. What was changed is then put back as far as the
// device lets it; the message says if it did not.
ValidationRecord ValidateMemdev(MemdevTransport& device,
                                const MemdevOptions& options);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_VALIDATION_H_
