// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/error.h"
#include "inject/injectors.h"

namespace daxmend {
namespace {

// For a process that was killed a moment ago to be gone.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

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

bool HasLeft(const JournalEntry& entry, const std::vector<SectorRange>& planted,
             DiskSectors& disk) {
  return std::any_of(entry.sectors.begin(), entry.sectors.end(),
                     [&](SectorRange sectors) {
                       return !IntersectAll(sectors, planted).empty();
                     }) ||
         !BadAmong(entry.sectors, disk).empty();
}

void ForgetRepaired(Journal& journal, const NvdimmNamespace& ndns,
                    DiskSectors& disk) {
  // Firmware takes its time to answer, and many entries have one injector.
  std::map<std::string, std::vector<SectorRange>> known;
  std::vector<std::string> damaged;  // 'daxmend restore' tells of them
  for (const JournalEntry& entry : journal.Entries(&damaged)) {
    if (entry.namespace_uuid != ndns.uuid()) continue;
    auto planted = known.find(entry.injector);
    if (planted == known.end()) {
      const auto injector = InjectorToUndo(ndns, entry);
      // Without a list, only the entry itself tells what may be there.
      if (!injector->Lists()) continue;
      planted = known.emplace(entry.injector, injector->Planted()).first;
    }
    if (!HasLeft(entry, planted->second, disk)) journal.Remove(entry.id);
  }
}

std::vector<UndoOutcome> UndoAll(Journal& journal, const std::string& file) {
  if (!std::filesystem::exists(journal.directory())) return {};
  JournalLock lock(journal);
  if (!lock.TryAlone(kPatience))
    throw Error("a daxmend that plants is using the journal " +
                journal.directory() +
                ": wait until it has finished, or stop it");
  journal.Sweep();
  std::vector<UndoOutcome> outcomes;
  std::vector<std::string> damaged;
  const std::vector<JournalEntry> entries = journal.Entries(&damaged);
  for (const std::string& error : damaged)
    outcomes.push_back({.id = "a damaged entry",
                        .file = "",
                        .disk = "",
                        .sectors = 0,
                        .restored = 0,
                        .error = error +
                                 " (what it stands for cannot be told: look "
                                 "at 'daxmend list', clear what should not be "
                                 "there, then remove both its files)"});
  for (const JournalEntry& entry : entries) {
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
      const auto injector = InjectorToUndo(*ndns, entry);
      outcome.restored = UndoEntry(entry, *injector, disk);
      journal.Remove(entry.id);
    } catch (const Error& e) {
      outcome.error = e.what();
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace daxmend
