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

  const std::vector<SectorRange> listed = BadAmong(entry.sectors, disk);
  for (SectorRange bad : listed) disk.Write(bad, entry.ContentOf(bad));

  for (SectorRange bad : BadAmong(entry.sectors, disk))
    throw Error("sector " + std::to_string(bad.begin) + " of /dev/" +
                entry.disk +
                " is still listed as bad after it was rewritten: the firmware "
                "does not clear it");
  return TotalLength(listed);
}

void ForgetRepaired(Journal& journal, const std::string& namespace_uuid,
                    Injector& injector, DiskSectors& disk) {
  const std::vector<JournalEntry> entries = journal.Entries();
  if (entries.empty()) return;
  const std::vector<SectorRange> planted = injector.Planted();
  for (const JournalEntry& entry : entries) {
    if (entry.namespace_uuid != namespace_uuid) continue;
    const bool left = std::any_of(
        entry.sectors.begin(), entry.sectors.end(), [&](SectorRange sectors) {
          return !IntersectAll(sectors, planted).empty();
        });
    if (!left && BadAmong(entry.sectors, disk).empty())
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
