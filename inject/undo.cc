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

// How much of an entry is read at once.
constexpr uint64_t kSectorsAtOnce = 2048;

// Sectors of `entry` that hold other bytes than it has; `within` are some of
// its sectors, none of them bad.
std::vector<SectorRange> Differing(const JournalEntry& entry,
                                   const std::vector<SectorRange>& within,
                                   DiskSectors& disk) {
  std::vector<SectorRange> differing;
  for (SectorRange range : within)
    while (!range.empty()) {
      const SectorRange part = SectorRange::OfLength(
          range.begin, std::min(range.length(), kSectorsAtOnce));
      range.begin = part.end;
      const std::string there = disk.Read(part);
      const std::string_view wanted = entry.ContentOf(part);
      if (there == wanted) continue;
      for (uint64_t i = 0; i < part.length(); ++i)
        if (wanted.compare(i * kSectorBytes, kSectorBytes,
                           std::string_view(there).substr(i * kSectorBytes,
                                                          kSectorBytes)) != 0)
          differing.push_back({part.begin + i, part.begin + i + 1});
    }
  return Normalize(std::move(differing));
}

std::vector<SectorRange> Good(const JournalEntry& entry,
                              const std::vector<SectorRange>& bad) {
  std::vector<SectorRange> good;
  for (SectorRange range : entry.sectors)
    for (SectorRange part : Subtract(range, bad)) good.push_back(part);
  return good;
}

}  // namespace

uint64_t UndoEntry(const JournalEntry& entry, Injector& injector,
                   DiskSectors& disk) {
  // A scrub that has seen the poison and not yet listed it would list it after
  // we looked.
  injector.WaitForScrub();
  for (SectorRange sectors : entry.sectors) injector.Unplant(sectors);
  injector.WaitForScrub();

  std::vector<SectorRange> stale = BadAmong(entry.sectors, disk);
  if (entry.overwrites)
    for (SectorRange range : Differing(entry, Good(entry, stale), disk))
      stale.push_back(range);
  stale = Normalize(std::move(stale));
  for (SectorRange range : stale) disk.Write(range, entry.ContentOf(range));

  for (SectorRange bad : BadAmong(entry.sectors, disk))
    throw Error("sector " + std::to_string(bad.begin) + " of /dev/" +
                entry.disk +
                " is still listed as bad after it was rewritten: the firmware "
                "does not clear it");
  // The entry is the only copy of these bytes.
  for (SectorRange other : Differing(entry, stale, disk))
    throw Error("sectors " + std::to_string(other.begin) + " to " +
                std::to_string(other.end) + " of /dev/" + entry.disk +
                " do not hold what was written back to them: the media does "
                "not keep it, or somebody else writes there");
  return TotalLength(stale);
}

bool HasLeft(const JournalEntry& entry, const std::vector<SectorRange>& planted,
             DiskSectors& disk) {
  return entry.overwrites ||
         std::any_of(entry.sectors.begin(), entry.sectors.end(),
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
      // What is written to sectors that are good must be nobody else's.
      BlockDiskSectors disk(ndns->disk(), entry.overwrites);
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
