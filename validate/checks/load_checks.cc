// SPDX-License-Identifier: GPL-2.0-only
//
// What only a load can ask: poison that nobody was told of, met by the driver's
// own copy, which ends in a machine check. Whatever firmware says, that is what
// the memory itself does.

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "inject/undo/put_back.h"
#include "validate/check.h"

namespace daxmend {
namespace load_checks {

constexpr char kArea[] = "Loads";
constexpr char kMet[] = "ACPI 6.5 §9.20.7.2; Linux, nd_pmem, nfit_handle_mce";
constexpr char kLists[] = "ACPI 6.5 §9.20.7.6, §9.20.7.11";
constexpr char kClear[] = "ACPI 6.5 §9.20.7.7";
constexpr char kUninject[] = "ACPI 6.5 §9.20.7.10";
constexpr char kNotify[] = "ACPI 6.5 §9.20.7.9; Linux, nfit_handle_mce";

// Whole sectors, the unit of the kernel's list, from unit `first` on.
SpaRange Place(DestructiveProbe& probe, uint64_t first) {
  return AlignOut(probe.Units(first, 1),
                  std::max<uint64_t>(probe.unit(), kSectorBytes));
}
// On pages of their own: what becomes of one page is not the other's.
SpaRange First(DestructiveProbe& probe) { return Place(probe, 0); }
SpaRange Second(DestructiveProbe& probe) {
  return Place(probe, 4 * kPageBytes / probe.unit() + 1);
}

// Whether the driver can load all of it.
bool Loads(DestructiveProbe& probe, SpaRange range) {
  try {
    probe.disk().Read(probe.Sectors(range));
    return true;
  } catch (const Error& e) {
    if (e.code() != EIO) throw;
    return false;
  }
}

void RequireLoads(DestructiveProbe& probe, SpaRange range,
                  const std::string& what) {
  probe.Require(Loads(probe, range),
                "a load from what " + what + " still ends in an error");
}

// Poisons it without telling anybody.
void PoisonSilently(DestructiveProbe& probe, SpaRange bad) {
  if (!probe.may_load())
    probe.Skip(
        "a load meets poison that nobody knows of, which a processor without "
        "machine-check recovery does not survive: add --loads where it has "
        "that");
  probe.WaitForKernel();
  probe.Poison(bad);
}

// Poisons it, and lets the driver meet it.
SpaRange MeetFirst(DestructiveProbe& probe) {
  const SpaRange bad = First(probe);
  PoisonSilently(probe, bad);
  if (!probe.Listed().empty())
    probe.Skip("the kernel is told of every error before a load can meet it");
  if (Loads(probe, bad))
    probe.Skip(
        "a load from poison raises no machine check on this machine "
        "('daxmend vm --machine-checks' makes one where it does)");
  return bad;
}

// The kernel lists what a load met: at least the first sector, behind which it
// did not come.
void WaitUntilMet(DestructiveProbe& probe, SpaRange bad) {
  const uint64_t first = probe.Sectors(bad).begin;
  probe.WaitUntilListed({first, first + 1});
  probe.WaitForKernel();
}

void Fails(DestructiveProbe& probe) { MeetFirst(probe); }

void Listed(DestructiveProbe& probe) {
  const SpaRange bad = MeetFirst(probe);
  WaitUntilMet(probe, bad);
  const std::vector<SectorRange> more =
      SubtractAll(probe.Listed(), {probe.Sectors(bad)});
  probe.Require(more.empty(), "the kernel also lists " + RangesInWords(more));
}

void FirmwareAgrees(DestructiveProbe& probe) {
  const SpaRange bad = MeetFirst(probe);
  WaitUntilMet(probe, bad);
  probe.RequireInjected({bad});
  std::vector<SpaRange> found;
  for (const ArsRecord& record : probe.Scrub(AlignOut(bad, kPageBytes)).records)
    found.push_back(SpaRange::OfLength(record.start, record.length));
  found = Normalize(std::move(found));
  probe.Require(found == std::vector{bad}, "a scrub lists " +
                                               RangesInWords(found) + ", not " +
                                               RangesInWords({bad}));
}

void Neighbours(DestructiveProbe& probe) {
  const SpaRange bad = MeetFirst(probe);
  WaitUntilMet(probe, bad);
  const SectorRange sectors = probe.Sectors(bad);
  probe.Require(
      Loads(probe, {bad.end, bad.end + kSectorBytes}),
      fmt::format("the good sector {} behind the poison cannot be read",
                  sectors.end));
}

void Cleared(DestructiveProbe& probe) {
  const SpaRange bad = Second(probe);
  PoisonSilently(probe, bad);
  MeetFirst(probe);
  const ClearedError answer = probe.Clear(bad.begin, bad.length());
  probe.RequireStatus(answer.status, kStatusSuccess);
  RequireLoads(probe, bad, "was cleared");
}

void Repaired(DestructiveProbe& probe) {
  const SpaRange bad = MeetFirst(probe);
  WaitUntilMet(probe, bad);
  const SectorRange first{probe.Sectors(bad).begin,
                          probe.Sectors(bad).begin + 1};
  probe.disk().Write(first, RepairedBytes(first));
  RequireLoads(probe, {bad.begin, bad.begin + kSectorBytes},
               "a write repaired");
  probe.Require(probe.disk().Read(first) == RepairedBytes(first),
                "what was written over the poison is not what is read");
}

void Uninjected(DestructiveProbe& probe) {
  const SpaRange bad = Second(probe);
  PoisonSilently(probe, bad);
  MeetFirst(probe);
  probe.RequireStatus(probe.InjectClear(bad.begin, bad.length()).status,
                      kStatusSuccess);
  RequireLoads(probe, bad, "was uninjected");
}

void NotifiedBesides(DestructiveProbe& probe) {
  const SpaRange met = MeetFirst(probe);
  WaitUntilMet(probe, met);
  const SpaRange told = Second(probe);
  probe.Poison(told, kInjectNotify);
  probe.WaitUntilListed(probe.Sectors(told));
  probe.WaitForKernel();
  const std::vector<SectorRange> wanted =
      Normalize(std::vector{probe.Sectors(met), probe.Sectors(told)});
  probe.Require(probe.Listed() == wanted,
                "after a machine check and a notification the kernel lists " +
                    RangesInWords(probe.Listed()) + ", firmware " +
                    RangesInWords(wanted));
}

}  // namespace load_checks

std::vector<Check> LoadChecks() {
  using namespace load_checks;
  return {
      {{"LOAD-01", "A load from poison that nobody listed ends in an error",
        kMet, kArea},
       Fails},
      {{"LOAD-02", "What a load has met is on the kernel's list, nothing else",
        kMet, kArea},
       Listed},
      {{"LOAD-03", "Firmware's lists have what a load has met as before",
        kLists, kArea},
       FirmwareAgrees},
      {{"LOAD-04", "What is beside poison that a load has met can be read",
        kMet, kArea},
       Neighbours},
      {{"LOAD-05", "What Clear Uncorrectable Error cleared can be loaded",
        kClear, kArea},
       Cleared},
      {{"LOAD-06", "What a write repaired can be loaded", kClear, kArea},
       Repaired},
      {{"LOAD-07", "What Inject Clear took back can be loaded", kUninject,
        kArea},
       Uninjected},
      {{"LOAD-08",
        "A notification after a machine check adds to the kernel's list",
        kNotify, kArea},
       NotifiedBesides},
  };
}

}  // namespace daxmend
