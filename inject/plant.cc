// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plant.h"

#include <thread>

#include "core/error.h"
#include "inject/undo.h"

namespace daxmend {
namespace {

using std::chrono::steady_clock;

uint64_t MonotonicNs() {
  return static_cast<uint64_t>(
      std::chrono::nanoseconds(steady_clock::now().time_since_epoch()).count());
}

std::vector<SectorRange> SectorsOf(const std::vector<PoisonedRange>& ranges) {
  std::vector<SectorRange> sectors;
  for (const PoisonedRange& r : ranges) sectors.push_back(r.sectors);
  return Normalize(std::move(sectors));
}

// How many of `wanted` are not in `have`.
uint64_t Missing(const std::vector<SectorRange>& wanted,
                 const std::vector<SectorRange>& have) {
  uint64_t missing = 0;
  for (SectorRange r : wanted) missing += TotalLength(Subtract(r, have));
  return missing;
}

// The kernel's list holds so many entries of so many sectors (MAX_BADBLOCKS,
// BB_MAX_LEN; include/linux/badblocks.h). It remembers what has no room, too,
// and lists that when there is some, even if it has been taken back by then.
constexpr uint64_t kListEntries = 512;
constexpr uint64_t kEntrySectors = 512;

void RequireRoomInList(const std::vector<SectorRange>& sectors,
                       DiskSectors& disk) {
  const BadblocksView view = disk.Badblocks();
  std::vector<SectorRange> all = view.sectors;
  all.insert(all.end(), sectors.begin(), sectors.end());
  uint64_t entries = 0;
  for (SectorRange r : Normalize(std::move(all)))
    entries += (r.length() + kEntrySectors - 1) / kEntrySectors;
  if (view.cut || entries > kListEntries)
    throw Error("the kernel's list holds 512 ranges and would need " +
                std::string(view.cut ? "more than " : "") +
                std::to_string(entries) +
                ": plant fewer, or clear what is there ('daxmend list')");
}

void PlantAll(const std::vector<SectorRange>& sectors, Injector& injector,
              const PlantOptions& options) {
  const uint64_t total = TotalLength(sectors);
  uint64_t done = 0;
  auto told = steady_clock::now();
  for (SectorRange range : sectors)
    for (uint64_t at = range.begin; at < range.end; ++at) {
      if (options.cancelled())
        throw Error("interrupted after " + std::to_string(done) + " of " +
                    std::to_string(total) + " sectors: they were taken back");
      injector.Plant({at, at + 1}, ++done == total);
      if (steady_clock::now() - told > std::chrono::seconds(2)) {
        told = steady_clock::now();
        options.progress("planted " + std::to_string(done) + " of " +
                         std::to_string(total) + " sectors");
      }
    }
}

// libndctl knows only two of the statuses firmware can answer with and takes
// the others for success (ndctl/lib/inject.c, translate_status), so the
// firmware's own list decides.
void CheckFirmwareTook(const std::vector<SectorRange>& sectors,
                       Injector& injector) {
  const uint64_t missing = Missing(sectors, injector.Planted());
  if (missing)
    throw Error("the firmware did not take " + std::to_string(missing) +
                " of " + std::to_string(TotalLength(sectors)) +
                " sectors, its error table is probably full: they were taken "
                "back; plant fewer at a time, or clear what is there ('daxmend "
                "list')");
}

// One may be running already that began before the last sector was planted.
constexpr int kScrubsEnough = 2;

void WaitUntilListed(const std::vector<SectorRange>& sectors,
                     Injector& injector, DiskSectors& disk,
                     const PlantOptions& options) {
  const auto begin = steady_clock::now();
  int scrubs = 0;
  for (;;) {
    const uint64_t missing = Missing(sectors, BadAmong(sectors, disk));
    if (missing == 0) return;
    if (options.cancelled())
      throw Error(
          "interrupted before the kernel listed the poison: it was "
          "taken back");
    const auto waited = steady_clock::now() - begin;
    if (waited > options.patience || scrubs == kScrubsEnough)
      throw Error("the kernel does not list " + std::to_string(missing) +
                  " planted sectors after " +
                  std::to_string(
                      std::chrono::duration_cast<std::chrono::seconds>(waited)
                          .count()) +
                  " s (its list holds 512 entries, see 'daxmend list'): they "
                  "were taken back");
    // The notification should have started a scrub; ask if it did not.
    if (waited > std::chrono::seconds(5)) {
      options.progress("not listed after 5 s, asking for a scrub");
      injector.StartScrub();
      injector.WaitForScrub();
      ++scrubs;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

PlantResult PlantLocated(const std::vector<PoisonedRange>& located,
                         JournalEntry entry, Injector& injector,
                         DiskSectors& disk, Journal& journal,
                         const PlantOptions& options) {
  PlantResult result;
  result.lists = injector.Lists();
  result.injection = {.injector = std::string(injector.name()),
                      .device = entry.disk,
                      .file = entry.file,
                      .time_ns = 0,
                      .ranges = {}};
  const std::vector<SectorRange> bad = BadAmong(SectorsOf(located), disk);
  for (const PoisonedRange& r : located)
    for (SectorRange good : Subtract(r.sectors, bad)) {
      const uint64_t skip = (good.begin - r.sectors.begin) * kSectorBytes;
      const uint64_t bytes = good.length() * kSectorBytes;
      result.injection.ranges.push_back(
          {FileRange::OfLength(r.file.begin + skip, bytes), good,
           SpaRange::OfLength(r.spa.begin + skip, bytes)});
    }
  entry.sectors = SectorsOf(result.injection.ranges);
  result.already_bad =
      TotalLength(SectorsOf(located)) - TotalLength(entry.sectors);
  if (entry.sectors.empty() || options.dry_run) return result;

  if (injector.Lists()) RequireRoomInList(entry.sectors, disk);
  for (SectorRange sectors : entry.sectors) entry.content += disk.Read(sectors);
  entry.id = result.journal_entry = journal.Add(entry);
  try {
    options.still_there();
    PlantAll(entry.sectors, injector, options);
    CheckFirmwareTook(entry.sectors, injector);
    options.still_there();
    result.injection.time_ns = MonotonicNs();
    if (options.wait && injector.Lists()) {
      WaitUntilListed(entry.sectors, injector, disk, options);
      result.waited_ns = MonotonicNs() - result.injection.time_ns;
    }
    injector.AfterListing();
    options.record(result.injection);
  } catch (const Error& cause) {
    try {
      UndoEntry(entry, injector, disk);
      journal.Remove(entry.id);
    } catch (const Error& undo) {
      throw Error(std::string(cause.what()) + " -- but that failed (" +
                  undo.what() + "): run 'daxmend restore'");
    }
    throw;
  }
  return result;
}

}  // namespace daxmend
