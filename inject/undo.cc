// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo.h"

#include <algorithm>

#include "core/error.h"
#include "inject/nvdimm_namespace.h"

namespace daxmend {

uint64_t UndoEntry(const JournalEntry& entry, Injector& injector,
                   DiskSectors& disk) {
  // A scrub that has seen the poison and not yet listed it would list it after
  // we looked.
  injector.WaitForScrub();
  for (SectorRange sectors : entry.sectors) injector.Unplant(sectors);
  injector.WaitForScrub();

  uint64_t restored = 0;
  const std::vector<SectorRange> listed = disk.Badblocks();
  for (SectorRange sectors : entry.sectors)
    for (SectorRange bad : IntersectAll(sectors, listed)) {
      disk.Write(bad, entry.ContentOf(bad));
      restored += bad.length();
    }

  const std::vector<SectorRange> left = disk.Badblocks();
  for (SectorRange sectors : entry.sectors)
    for (SectorRange bad : IntersectAll(sectors, left))
      throw Error(
          "sector " + std::to_string(bad.begin) + " of /dev/" + entry.disk +
          " is still listed as bad after it was rewritten: the firmware "
          "does not clear it");
  return restored;
}

void ForgetRepaired(Journal& journal, const std::string& namespace_uuid,
                    Injector& injector, DiskSectors& disk) {
  const std::vector<JournalEntry> entries = journal.Entries();
  if (entries.empty()) return;
  std::vector<SectorRange> poisoned = injector.Planted();
  for (SectorRange listed : disk.Badblocks()) poisoned.push_back(listed);
  poisoned = Normalize(std::move(poisoned));
  for (const JournalEntry& entry : entries) {
    const bool left = std::any_of(
        entry.sectors.begin(), entry.sectors.end(), [&](SectorRange sectors) {
          return !IntersectAll(sectors, poisoned).empty();
        });
    if (entry.namespace_uuid == namespace_uuid && !left)
      journal.Remove(entry.id);
  }
}

std::vector<UndoOutcome> UndoAll(Journal& journal, const std::string& file) {
  std::vector<UndoOutcome> outcomes;
  for (const JournalEntry& entry : journal.Entries()) {
    if (!file.empty() && entry.file != file) continue;
    UndoOutcome outcome{.id = entry.id,
                        .file = entry.file,
                        .disk = entry.disk,
                        .sectors = TotalLength(entry.sectors),
                        .restored = 0,
                        .error = ""};
    try {
      auto ndns = NvdimmNamespace::OfUuid(entry.namespace_uuid);
      if (!ndns)
        throw Error("no namespace has uuid " + entry.namespace_uuid +
                    " (it was /dev/" + entry.disk +
                    "): enable it, or remove the entry from " +
                    journal.directory() + " if the device is gone");
      BlockDiskSectors disk(ndns->disk());
      outcome.disk = ndns->disk();
      outcome.restored = UndoEntry(entry, *ndns, disk);
      journal.Remove(entry.id);
    } catch (const Error& e) {
      outcome.error = e.what();
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace daxmend
