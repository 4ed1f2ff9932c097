// SPDX-License-Identifier: GPL-2.0-only

#include "validate/borrowed_namespace.h"

#include <fmt/core.h>

#include <chrono>
#include <optional>

#include "core/error.h"
#include "device/disk_media.h"
#include "device/nvdimm_namespace.h"
#include "inject/owners/open_files.h"
#include "inject/undo/undo.h"

namespace daxmend {

// In the order in which it is made.
struct BorrowedNamespace::Parts {
  Parts(const std::string& name, const std::string& bus,
        const std::string& directory, Reboot reboot)
      : ndns(NvdimmNamespace::OfName(name)), journal(directory) {
    if (ndns->bus() != bus)
      throw Error(
          {.thing = name,
           .cause = fmt::format("is on {}, not on {}", ndns->bus(), bus),
           .way_out = fmt::format("name a namespace of {}, or use --bus {}",
                                  bus, ndns->bus())});
    // Exclusively, so that nobody mounts it from now on; who has it open
    // already is asked for after that, not before.
    disk.emplace(ndns->disk(), true);
    for (const std::string& opener : OpenersOf(ndns->disk()))
      throw Error({.thing = "/dev/" + ndns->disk(),
                   .cause = fmt::format("is in use (open in {})", opener),
                   .way_out = "end that process first"});
    lock.emplace(journal);
    // What waits for this run looks repaired: its bytes are the pattern's.
    if (reboot != Reboot::kAfter &&
        lock->TryAlone(std::chrono::milliseconds(0))) {
      journal.Sweep();
      ForgetRepaired(journal, *ndns, *disk);
    }
    lock->Share();
    target.emplace(
        ValidationTarget{.namespace_name = name,
                         .namespace_uuid = ndns->uuid(),
                         .disk_name = ndns->disk(),
                         .range = EndOfNamespace(ndns->media(), name),
                         .disk = *disk,
                         .journal = journal});
  }

  std::unique_ptr<NvdimmNamespace> ndns;
  Journal journal;
  std::optional<JournalLock> lock;
  std::optional<DiskMedia> disk;
  std::optional<ValidationTarget> target;
};

BorrowedNamespace::BorrowedNamespace(const std::string& name,
                                     const std::string& bus,
                                     const std::string& journal, Reboot reboot)
    : parts_(std::make_unique<Parts>(name, bus, journal, reboot)) {}
BorrowedNamespace::~BorrowedNamespace() = default;

const ValidationTarget& BorrowedNamespace::target() const {
  return *parts_->target;
}

}  // namespace daxmend
