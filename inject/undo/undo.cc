// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/undo.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "core/error.h"
#include "device/devices.h"
#include "inject/methods/injectors.h"
#include "inject/undo/put_back.h"

namespace daxmend {
namespace {

// For a process that was killed a moment ago to be gone.
constexpr std::chrono::seconds kPatience{10};

void Uninject(const Undoing& one) {
  // A scrub that has seen the poison and not yet listed it would list it after
  // we looked.
  one.injector->WaitForScrub();
  for (UnitRange sectors : one.entry->sectors) one.injector->Uninject(sectors);
  one.injector->WaitForScrub();
}

// Where uninjecting may leave anything: lists what the firmware has and the
// kernel does not list yet, so that writing the kept bytes clears it. Returns
// how much of it the list had no room for.
uint64_t ListInjected(const Undoing& one, DeviceMedia& disk) {
  one.injector->WaitForScrub();
  // The list first: what is repaired meanwhile is not the firmware's any more.
  const std::vector<UnitRange> bad = BadAmong(one.entry->sectors, disk);
  const std::vector<UnitRange> injected = one.injector->Injected();
  std::vector<UnitRange> unlisted;
  for (UnitRange sectors : one.entry->sectors)
    for (UnitRange part : IntersectAll(sectors, injected))
      for (UnitRange some : Subtract(part, bad)) unlisted.push_back(some);
  return TotalLength(unlisted) - ListSome(unlisted, disk);
}

// Each sector counts for the newest entry that has it.
void Account(std::vector<Undoing>& undoing,
             const std::vector<UnitRange>& by_media,
             const std::vector<UnitRange>& by_journal) {
  std::vector<UnitRange> counted, either = by_media;
  either.insert(either.end(), by_journal.begin(), by_journal.end());
  either = Normalize(std::move(either));
  auto count = [&](const JournalEntry& entry,
                   const std::vector<UnitRange>& among) {
    uint64_t sum = 0;
    for (UnitRange sectors : entry.sectors)
      for (UnitRange part : IntersectAll(sectors, among))
        sum += TotalLength(Subtract(part, counted));
    return sum;
  };
  for (auto one = undoing.rbegin(); one != undoing.rend(); ++one) {
    one->from_journal = count(*one->entry, by_journal);
    // Overwritten ones may be among both.
    one->restored = count(*one->entry, either);
    counted.insert(counted.end(), one->entry->sectors.begin(),
                   one->entry->sectors.end());
    counted = Normalize(std::move(counted));
  }
}

void NoteStillBad(std::vector<Undoing>& undoing, DeviceMedia& disk) {
  disk.AskAgain();
  for (Undoing& one : undoing) {
    for (UnitRange bad : BadAmong(one.entry->sectors, disk))
      if (one.error.empty())
        one.error = fmt::format(
            "{} {} of /dev/{} is still listed as bad after it was rewritten: "
            "check with 'daxmend validate' that the firmware clears errors",
            disk.units().name, bad.begin, one.entry->disk);
    if (!one.error.empty()) continue;
    for (UnitRange bad : UnreadableAmong(one.entry->sectors, disk))
      if (one.error.empty())
        one.error = fmt::format(
            "{} {} of /dev/{} still cannot be read, although it is not listed: "
            "clear what fills the kernel's list of 512 ('daxmend list' shows "
            "it), and restore again",
            disk.units().name, bad.begin, one.entry->disk);
  }
}

// The oldest comes last: newer ones kept what its run had left.
void PutBackOverwritten(std::vector<Undoing>& undoing, bool media_keeps,
                        DeviceMedia& disk, std::vector<UnitRange>& rewritten) {
  for (auto one = undoing.rbegin(); one != undoing.rend(); ++one) {
    if (!one->entry->overwrites || !one->error.empty()) continue;
    try {
      const BytesPutBack done = PutBack(*one->entry, media_keeps, disk);
      rewritten.insert(rewritten.end(), done.written.begin(),
                       done.written.end());
      one->newer = TotalLength(done.newer);
    } catch (const std::exception& e) {
      one->error = e.what();
    }
  }
}

void RequireOnDevice(const JournalEntry& entry, const PoisonDevice& device) {
  const DeviceUnits units = device.units();
  if (entry.unit_bytes != units.error_bytes)
    throw Error({.thing = "journal entry " + entry.id,
                 .cause = fmt::format(
                     "counts in units of {} bytes, but /dev/{} has "
                     "errors of {}, so nothing was undone",
                     entry.unit_bytes, device.disk(), units.error_bytes)});
  const uint64_t all = device.media().length() / units.error_bytes;
  for (UnitRange range : entry.sectors)
    if (range.end > all)
      throw Error(
          {.thing = "journal entry " + entry.id,
           .cause = fmt::format("has {}s {} to {}, but /dev/{} ends at {} {}, "
                                "so nothing was undone",
                                units.name, range.begin, range.end,
                                device.disk(), units.name, all),
           .way_out = "check whether the namespace was made smaller"});
}

// The entries of one namespace, oldest first, and what became of those that are
// to be undone.
struct OfDevice {
  std::vector<const JournalEntry*> all;
  std::vector<std::pair<const JournalEntry*, UndoOutcome*>> wanted;
};

class DeviceUndo {
 public:
  DeviceUndo(const OfDevice& entries, const PoisonDevice& device,
             Journal& journal)
      : entries_(entries),
        device_(device),
        journal_(journal),
        files_(device.disk()),
        unlisting_(UnlistingOf(device, files_)) {}

  // Those that overwrite, or the others. What is written to sectors that are
  // good must be nobody else's.
  void Undo(bool overwriting) {
    std::vector<std::pair<const JournalEntry*, UndoOutcome*>> ours;
    for (const auto& one : entries_.wanted)
      if (one.first->overwrites == overwriting) ours.push_back(one);
    if (ours.empty()) return;
    try {
      const auto media = device_.OpenMedia(overwriting);
      if (!overwriting) media->StoreBy(&files_);
      UndoOn(*media, ours);
    } catch (const std::exception& e) {
      for (const auto& [entry, outcome] : ours)
        if (outcome->error.empty()) outcome->error = e.what();
    }
  }

 private:
  void UndoOn(
      DeviceMedia& disk,
      const std::vector<std::pair<const JournalEntry*, UndoOutcome*>>& ours) {
    std::vector<Undoing> undoing;
    std::vector<UndoOutcome*> outcomes;
    for (const auto& [entry, outcome] : ours) try {
        outcome->disk = device_.disk();
        RequireOnDevice(*entry, device_);
        auto& injector = injectors_[entry->injector];
        if (!injector) injector = InjectorToUndo(device_, *entry, unlisting_);
        if (named_.insert(entry->file).second) files_.Add(entry->file);
        undoing.push_back({.entry = entry, .injector = injector.get()});
        outcomes.push_back(outcome);
      } catch (const std::exception& e) {
        outcome->error = e.what();
      }
    UndoAndForget(undoing, KeptBytes(entries_.all), disk, unlisting_, journal_);
    for (size_t i = 0; i < undoing.size(); ++i) {
      outcomes[i]->restored = undoing[i].restored;
      outcomes[i]->from_journal = undoing[i].from_journal;
      outcomes[i]->newer = undoing[i].newer;
      outcomes[i]->error = undoing[i].error;
    }
  }

  const OfDevice& entries_;
  const PoisonDevice& device_;
  Journal& journal_;
  FileUnlisting files_;
  Unlisting* unlisting_;
  std::set<std::string> named_;
  std::map<std::string, std::unique_ptr<Injector>> injectors_;
};

}  // namespace

void UndoMerged(std::vector<Undoing>& undoing, const KeptBytes& kept,
                DeviceMedia& disk, Unlisting* unlisting) {
  std::vector<UnitRange> by_media, by_journal;
  // Oldest first would do as well; an entry that fails is left out.
  auto for_each = [&](auto what) {
    std::vector<UnitRange> done;
    for (auto one = undoing.rbegin(); one != undoing.rend(); ++one) try {
        if (!one->error.empty()) continue;
        what(*one);
        done.insert(done.end(), one->entry->sectors.begin(),
                    one->entry->sectors.end());
      } catch (const std::exception& e) {
        one->error = e.what();
      }
    return Normalize(std::move(done));
  };
  auto give_back = [&](const std::vector<UnitRange>& sectors) {
    const GivenBack back = GiveBack(sectors, kept, disk, unlisting);
    by_media.insert(by_media.end(), back.by_media.begin(), back.by_media.end());
    by_journal.insert(by_journal.end(), back.by_journal.begin(),
                      back.by_journal.end());
  };
  try {
    // What is written makes room for more.
    for (uint64_t left = unlisting ? 0 : UINT64_MAX; left != 0;) {
      uint64_t now = 0;
      give_back(
          for_each([&](Undoing& one) { now += ListInjected(one, disk); }));
      if (now >= left)
        throw Error(
            {.thing = fmt::format("{} injected {}s", now, disk.units().name),
             .cause = "found no room on the kernel's list, or are "
                      "injected still after they were rewritten",
             .way_out = "clear some ('daxmend list' shows them), and "
                        "check with 'daxmend validate' that the "
                        "firmware clears errors"});
      left = now;
    }
    give_back(for_each([&](Undoing& one) { Uninject(one); }));
    NoteStillBad(undoing, disk);
    PutBackOverwritten(undoing, unlisting != nullptr, disk, by_journal);
    Account(undoing, Normalize(std::move(by_media)),
            Normalize(std::move(by_journal)));
  } catch (const std::exception& e) {
    for (Undoing& one : undoing)
      if (one.error.empty()) one.error = e.what();
  }
}

void UndoAndForget(std::vector<Undoing>& undoing, const KeptBytes& kept,
                   DeviceMedia& disk, Unlisting* unlisting, Journal& journal) {
  UndoMerged(undoing, kept, disk, unlisting);
  // The oldest goes first: whatever ends this, the newest bytes are kept.
  for (Undoing& one : undoing)
    if (one.error.empty()) try {
        journal.Remove(one.entry->id);
      } catch (const std::exception& e) {
        one.error = e.what();
      }
}

uint64_t UndoEntry(const JournalEntry& entry, Injector& injector,
                   DeviceMedia& disk, Unlisting* unlisting) {
  std::vector<Undoing> one = {{.entry = &entry, .injector = &injector}};
  UndoMerged(one, KeptBytes({&entry}), disk, unlisting);
  if (!one[0].error.empty()) throw Error(one[0].error);
  return one[0].restored;
}

bool HasLeft(const JournalEntry& entry, const std::vector<UnitRange>& injected,
             DeviceMedia& disk) {
  return entry.overwrites ||
         std::any_of(entry.sectors.begin(), entry.sectors.end(),
                     [&](UnitRange sectors) {
                       return !IntersectAll(sectors, injected).empty();
                     }) ||
         !BadAmong(entry.sectors, disk).empty() ||
         !UnreadableAmong(entry.sectors, disk).empty();
}

void ForgetRepaired(Journal& journal, const PoisonDevice& device,
                    DeviceMedia& disk) {
  // Firmware takes its time to answer, and many entries have one injector.
  std::map<std::string, std::vector<UnitRange>> known;
  std::vector<std::string> damaged;  // 'daxmend restore' tells of them
  for (const JournalEntry& entry : journal.Entries(&damaged)) {
    if (entry.namespace_uuid != device.uuid()) continue;
    auto injected = known.find(entry.injector);
    if (injected == known.end()) {
      const auto injector = InjectorToUndo(device, entry);
      // Without a list, only the entry itself tells what may be there.
      if (!injector->KnowsInjected()) continue;
      injected = known.emplace(entry.injector, injector->Injected()).first;
    }
    if (!HasLeft(entry, injected->second, disk)) journal.Remove(entry.id);
  }
}

std::vector<UndoOutcome> UndoAll(Journal& journal, const std::string& file) {
  if (!std::filesystem::exists(journal.directory())) return {};
  JournalLock lock(journal);
  if (!lock.TryAlone(kPatience))
    throw Error({.thing = "the journal " + journal.directory(),
                 .cause = "is in use by a daxmend that injects",
                 .way_out = "wait until it has finished, or stop it"});
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
                                 " (its sectors are unknown: look at 'daxmend "
                                 "list', clear what should not be there, then "
                                 "remove both files of the entry)"});
  std::map<std::string, OfDevice> devices;
  outcomes.reserve(outcomes.size() + entries.size());  // pointers go there
  for (const JournalEntry& entry : entries) {
    OfDevice& ours = devices[entry.namespace_uuid];
    ours.all.push_back(&entry);
    if (!file.empty() && entry.file != file) continue;
    outcomes.push_back({.id = entry.id,
                        .file = entry.file,
                        .disk = entry.disk,
                        .sectors = TotalLength(entry.sectors),
                        .unit_bytes = entry.unit_bytes});
    ours.wanted.emplace_back(&entry, &outcomes.back());
  }
  for (const auto& [uuid, ours] : devices) try {
      if (ours.wanted.empty()) continue;
      const auto device = DeviceOfUuid(uuid);
      if (!device)
        throw Error(
            {.thing = "namespace uuid " + uuid,
             .cause = "is missing (it was /dev/" + ours.all.front()->disk + ")",
             .way_out = "enable it, or remove the entry from " +
                        journal.directory() + " if the device is gone"});
      DeviceUndo undo(ours, *device, journal);
      undo.Undo(false);
      undo.Undo(true);
    } catch (const std::exception& e) {
      for (const auto& [entry, outcome] : ours.wanted)
        if (outcome->error.empty()) outcome->error = e.what();
    }
  return outcomes;
}

}  // namespace daxmend
