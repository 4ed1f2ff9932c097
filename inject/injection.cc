// SPDX-License-Identifier: GPL-2.0-only

#include "inject/injection.h"

#include <fmt/core.h>

#include <cerrno>

#include "core/error.h"
#include "inject/undo/undo.h"

namespace daxmend {
namespace {

using std::chrono::steady_clock;

uint64_t MonotonicNs() {
  return static_cast<uint64_t>(
      std::chrono::nanoseconds(steady_clock::now().time_since_epoch()).count());
}

std::vector<UnitRange> SectorsOf(const std::vector<PoisonedRange>& ranges) {
  std::vector<UnitRange> sectors;
  for (const PoisonedRange& r : ranges) sectors.push_back(r.sectors);
  return Normalize(std::move(sectors));
}

// One injection from when the journal has it.
class Injecting {
 public:
  Injecting(JournalEntry& entry, Injector& injector, DeviceMedia& disk,
            Journal& journal, const InjectOptions& options)
      : entry_(entry),
        injector_(injector),
        disk_(disk),
        journal_(journal),
        options_(options) {}

  void InjectAll();
  // Notes what is bad and what was; throws Error when something never was.
  void CheckTaken();
  void WaitUntilListed();

  // Sectors that were good again when they were asked for.
  uint64_t repaired() const { return TotalLength(repaired_); }

 private:
  bool KeepNewest(UnitRange sector);
  void NoteRepaired(const std::vector<UnitRange>& good,
                    const std::vector<UnitRange>& injected);

  JournalEntry& entry_;
  Injector& injector_;
  DeviceMedia& disk_;
  Journal& journal_;
  const InjectOptions& options_;
  std::vector<UnitRange> repaired_;  // normalized
};

// Somebody may have written since the journal was. False where the sector
// cannot be read any more.
bool Injecting::KeepNewest(UnitRange sector) try {
  while (disk_.Read(sector) != entry_.ContentOf(sector)) {
    // Whoever writes may have written more: one update for all of it.
    std::string content;
    for (UnitRange range : entry_.sectors) {
      if (range.end <= sector.begin) {
        content += entry_.ContentOf(range);
        continue;
      }
      if (range.begin < sector.begin) {
        content += entry_.ContentOf({range.begin, sector.begin});
        range.begin = sector.begin;
      }
      content += disk_.Read(range);
    }
    entry_.content = std::move(content);
    journal_.Update(entry_);
  }
  return true;
} catch (const Error& e) {
  if (e.code() != EIO || disk_.Readable(sector)) throw;
  return false;
}

void Injecting::InjectAll() {
  const uint64_t total = TotalLength(entry_.sectors);
  uint64_t done = 0;
  auto told = steady_clock::now();
  for (UnitRange range : entry_.sectors)
    for (uint64_t at = range.begin; at < range.end; ++at) {
      if (options_.cancelled())
        throw Error({.thing = "injection",
                     .cause = fmt::format("was interrupted after {} of {} "
                                          "sectors, which were uninjected",
                                          done, total)});
      ++done;
      // Poisoned by somebody else since the look: it is, and stays, bad.
      if (KeepNewest({at, at + 1}))
        injector_.Inject({at, at + 1}, done == total);
      else if (done == total)
        injector_.StartScrub();  // in place of the notification
      if (steady_clock::now() - told > std::chrono::seconds(2)) {
        told = steady_clock::now();
        options_.progress(
            fmt::format("injected {} of {} sectors", done, total));
      }
    }
}

// Injectors say what is refused, so what is good by now was repaired. One that
// says yes and does nothing is told by this: all is as it was, the rest of the
// page too (a repair in two steps has the firmware clear a page some time
// before it writes it, and takes it off the list).
void Injecting::NoteRepaired(const std::vector<UnitRange>& good,
                             const std::vector<UnitRange>& injected) {
  if (good.empty()) return;
  uint64_t same = 0;
  auto as_it_was = [&](UnitRange sector) {
    const UnitRange page = AlignOut(sector, disk_.units().in_repair());
    return (BadAmong({page}, disk_).empty() ||
            !IntersectAll(page, injected).empty()) &&
           disk_.Readable(sector) &&
           disk_.Read(sector) == entry_.ContentOf(sector);
  };
  if (!options_.written())
    for (UnitRange r : good)
      for (uint64_t at = r.begin; at < r.end; ++at)
        same += as_it_was({at, at + 1});
  if (same != 0)
    throw Error(
        {.thing = fmt::format("injector {}", injector_.name()),
         .cause = fmt::format("reported success but did not poison {} of {} "
                              "sectors, so all were uninjected",
                              same, TotalLength(entry_.sectors)),
         .way_out = "check the firmware with 'daxmend validate'"});
  repaired_.insert(repaired_.end(), good.begin(), good.end());
  repaired_ = Normalize(std::move(repaired_));
}

void Injecting::CheckTaken() {
  const std::vector<UnitRange> injected = injector_.Injected();
  std::vector<UnitRange> bad = injected;
  if (injector_.Lists())
    for (UnitRange r : BadAmong(entry_.sectors, disk_)) bad.push_back(r);
  NoteRepaired(SubtractAll(entry_.sectors, Normalize(std::move(bad))),
               injected);
}

// One may be running already that began before the last sector was injected. No
// time is: a scrub takes as long as the machine is busy.
constexpr int kScrubsEnough = 2;

void Injecting::WaitUntilListed() {
  const auto begin = steady_clock::now();
  auto asked = begin;
  std::vector<UnitRange> waiting = SubtractAll(entry_.sectors, repaired_);
  int scrubs = 0;
  for (;;) {
    waiting = SubtractAll(waiting, BadAmong(waiting, disk_));
    const auto now = steady_clock::now();
    const auto waited = now - begin;
    const bool enough = scrubs == kScrubsEnough;
    // What the injector does not have any more was listed and repaired.
    if (!waiting.empty() && (enough || now - asked >= options_.ask_every)) {
      asked = now;
      const std::vector<UnitRange> injected = injector_.Injected();
      std::vector<UnitRange> gone = SubtractAll(waiting, injected);
      waiting = SubtractAll(waiting, gone);
      repaired_.insert(repaired_.end(), gone.begin(), gone.end());
      repaired_ = Normalize(std::move(repaired_));
    }
    if (waiting.empty()) return;
    if (options_.cancelled())
      throw Error({.thing = "injection",
                   .cause = "was interrupted before the kernel listed the "
                            "poison, which was uninjected"});
    if (enough)
      throw Error(
          {.thing = "the kernel",
           .cause = fmt::format(
               "does not list {} injected sectors after {} scrubs and {} s "
               "(its list holds 512 entries), so all were uninjected",
               TotalLength(waiting), scrubs,
               std::chrono::duration_cast<std::chrono::seconds>(waited)
                   .count()),
           .way_out =
               "inject fewer, or clear some ('daxmend list' shows them)"});
    // The notification should have started a scrub; ask if it did not.
    if (waited >= options_.scrub_after) {
      options_.progress("not listed yet, starting a scrub");
      injector_.StartScrub();
      injector_.WaitForScrub();
      ++scrubs;
    }
    options_.pause();
  }
}

// Undoes what has failed. What earlier entries kept tells which other poison in
// a page is ours.
void UndoInjection(const JournalEntry& entry, Injector& injector,
                   DeviceMedia& disk, Journal& journal, Unlisting* unlisting) {
  std::vector<std::string> damaged;  // 'daxmend restore' tells of them
  const std::vector<JournalEntry> entries = journal.Entries(&damaged);
  std::vector<const JournalEntry*> kept;
  for (const JournalEntry& one : entries)
    if (one.namespace_uuid == entry.namespace_uuid && one.id != entry.id)
      kept.push_back(&one);
  kept.push_back(&entry);
  std::vector<Undoing> undoing = {{.entry = &entry, .injector = &injector}};
  UndoAndForget(undoing, KeptBytes(std::move(kept)), disk, unlisting, journal);
  if (!undoing[0].error.empty()) throw Error(undoing[0].error);
}

}  // namespace

InjectResult InjectLocated(const std::vector<PoisonedRange>& located,
                           JournalEntry entry, Injector& injector,
                           DeviceMedia& disk, Journal& journal,
                           const InjectOptions& options) {
  InjectResult result;
  entry.unit_bytes = disk.units().error_bytes;
  result.lists = injector.Lists();
  result.injection = {.injector = std::string(injector.name()),
                      .device = entry.disk,
                      .file = entry.file,
                      .time_ns = 0,
                      .ranges = {},
                      .unit_bytes = entry.unit_bytes};
  std::vector<UnitRange> around;
  for (UnitRange r : SectorsOf(located))
    around.push_back(AlignOut(r, injector.SectorsAtOnce()));
  std::vector<UnitRange> bad = BadAmong(Normalize(std::move(around)), disk);
  for (UnitRange& r : bad) r = AlignOut(r, injector.SectorsAtOnce());
  bad = Normalize(std::move(bad));
  // What is bad already is not ours: it gets no entry, and restore leaves it.
  for (const PoisonedRange& r : located)
    for (UnitRange good : Subtract(r.sectors, bad)) {
      const uint64_t skip = (good.begin - r.sectors.begin) * entry.unit_bytes;
      const uint64_t bytes = good.length() * entry.unit_bytes;
      result.injection.ranges.push_back(
          {FileRange::OfLength(r.file.begin + skip, bytes), good,
           SpaRange::OfLength(r.spa.begin + skip, bytes)});
    }
  entry.sectors = SectorsOf(result.injection.ranges);
  result.already_bad =
      TotalLength(SectorsOf(located)) - TotalLength(entry.sectors);
  if (entry.sectors.empty() || options.dry_run) return result;

  if (injector.Lists()) disk.RequireRoom(entry.sectors);
  for (UnitRange sectors : entry.sectors) entry.content += disk.Read(sectors);
  // The journal before the first poison, the look at the file after the
  // journal: in this order nothing can be poisoned that restore does not know
  // of.
  entry.id = result.journal_entry = journal.Add(entry);
  try {
    options.still_there();
    Injecting injecting(entry, injector, disk, journal, options);
    injecting.InjectAll();
    injecting.CheckTaken();
    options.still_there();
    result.injection.time_ns = MonotonicNs();
    if (options.wait && injector.Lists()) {
      injecting.WaitUntilListed();
      result.waited_ns = MonotonicNs() - result.injection.time_ns;
    }
    injector.AfterListing();
    result.repaired = injecting.repaired();
    result.cut = disk.Poison().cut;
    // The record last: what it says was injected has been listed.
    options.record(result.injection);
  } catch (const std::exception& cause) {
    // Whatever it was (no memory, a library's own exceptions).
    try {
      UndoInjection(entry, injector, disk, journal, options.unlisting);
    } catch (const std::exception& undo) {
      throw Error({.cause = std::string(cause.what()) +
                            " -- and uninjecting failed, too (" + undo.what() +
                            ")",
                   .way_out = "run 'daxmend restore'"});
    }
    throw;
  }
  return result;
}

}  // namespace daxmend
