// SPDX-License-Identifier: GPL-2.0-only
//
// Running checks and putting on record how they ended.
//
// Destructive checks are given the end of a namespace. What it holds goes into
// the journal before anything is injected, in an entry that overwrites
// (JournalEntry::overwrites). After every check what it injected is uninjected;
// what it wrote stays until the end, when all bytes are put back, read again
// and only then removed from the journal. After a run that was killed the range
// holds any mixture of its own bytes, poison and the checks' patterns;
// `daxmend restore` gives every byte of it back, and until it has, the
// namespace is not validated again: what it holds is not what was there.

#ifndef DAXMEND_VALIDATE_VALIDATION_H_
#define DAXMEND_VALIDATE_VALIDATION_H_

#include <functional>
#include <string>
#include <vector>

#include "device/device_media.h"
#include "inject/undo/journal.h"
#include "records/validation_record.h"
#include "validate/check.h"
#include "validate/firmware_bus.h"
#include "validate/reboot.h"

namespace daxmend {

// How much of the namespace's end is written to.
inline constexpr uint64_t kTestBytes = uint64_t{1} << 20;

// The namespace that destructive checks may write to.
struct ValidationTarget {
  std::string namespace_name;  // "namespace0.0"
  std::string namespace_uuid;
  std::string disk_name;  // "pmem0"
  TestRange range;
  DeviceMedia& disk;
  Journal& journal;
};

// The last kTestBytes of `media`, whose first byte is sector 0 of its disk.
// Throws Error naming `namespace_name` when there is less.
TestRange EndOfNamespace(SpaRange media, const std::string& namespace_name);

struct ValidationOptions {
  std::vector<std::string> only;  // ids of checks; all when empty
  Reboot reboot = Reboot::kNone;
  // The driver may be let load from poison that it does not know of. A
  // processor without machine-check recovery does not survive that.
  bool loads = false;
  // Told, before anything is injected, which sectors will be overwritten.
  std::function<void(SectorRange)> overwriting = [](SectorRange) {};
  // Asked between checks: true stops and cleans up (Ctrl-C).
  std::function<bool()> cancelled = [] { return false; };
  // Told before each check: which one, and how many there are.
  std::function<void(const CheckDescription&, size_t at, size_t of)> progress =
      [](const CheckDescription&, size_t, size_t) {};
};

// Read-only unless there is a target: destructive checks are then left out. The
// environment is the caller's to fill. Throws Error when validation cannot be
// done, or not to the end: an unknown id, a bus without ARS, a range that is
// already poisoned or waits for `daxmend restore`, a device that has gone away.
// What was injected is then uninjected, and the bytes are put back, as far as
// the device lets it; the message says if it did not.
ValidationRecord Validate(FirmwareBus& bus, const ValidationTarget* target,
                          const ValidationOptions& options);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_VALIDATION_H_
