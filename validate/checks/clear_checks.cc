// SPDX-License-Identifier: GPL-2.0-only
//
// Clear Uncorrectable Error.

#include <fmt/core.h>

#include "inject/undo/put_back.h"
#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace clear_checks {

constexpr char kArea[] = "Clear error";
constexpr char kSection[] = "ACPI 6.5 §9.20.7.7";

void RequireCleared(DestructiveProbe& probe, SpaRange range) {
  const ClearedError answer = probe.Clear(range.begin, range.length());
  probe.Require(answer.status == kStatusSuccess,
                "status " + StatusInWords(answer.status));
  probe.Require(
      answer.cleared == range.length(),
      fmt::format("cleared {} bytes of {}", answer.cleared, range.length()));
}

// Poisons three units in a row, asks to clear what must be refused, and sees
// that nothing was cleared.
void RequireRefused(DestructiveProbe& probe, WrongRange range) {
  const SpaRange bad = probe.Units(4, 3);
  probe.Poison(bad);
  const ClearedError answer = probe.Clear(range.start, range.length);
  probe.RequireStatus(answer.status, kStatusInvalidInput);
  probe.RequireInjected({bad});
}

template <auto wrong>
void Refuses(DestructiveProbe& probe) {
  RequireRefused(probe, wrong(probe));
}

void One(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  RequireCleared(probe, bad);
}

void Forgotten(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  RequireCleared(probe, bad);
  probe.RequireInjected({});
}

void NotFoundAgain(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  probe.Scrub(probe.Units(0, 16));
  RequireCleared(probe, bad);
  for (const ArsRecord& record : probe.Scrub(probe.Units(0, 16)).records)
    probe.Require(
        !SpaRange::OfLength(record.start, record.length).Overlaps(bad),
        "a scrub after the clear lists " + Hexadecimal(record.start));
}

void KernelForgets(DestructiveProbe& probe) {
  // Whole sectors, the unit of the kernel's list.
  const SpaRange bad = AlignOut(probe.Units(0, 1),
                                std::max<uint64_t>(probe.unit(), kSectorBytes));
  probe.WaitForKernel();
  probe.Poison(bad, kInjectNotify);
  probe.WaitUntilListed(probe.Sectors(bad));
  probe.WaitForKernel();
  RequireCleared(probe, bad);
  const std::vector<SpaRange> listed =
      IntersectAll(bad, probe.bus().BadRanges());
  probe.Require(listed.empty(), "the kernel still lists " +
                                    RangesInWords(listed) + " in its region");
}

void Middle(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 3));
  RequireCleared(probe, probe.Units(5, 1));
  probe.RequireInjected({probe.Units(4, 1), probe.Units(6, 1)});
}

void Beginning(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 3));
  RequireCleared(probe, probe.Units(4, 1));
  probe.RequireInjected({probe.Units(5, 2)});
}

void Wider(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 1));
  probe.Poison(probe.Units(40, 2));
  probe.Poison(probe.Units(80, 1));
  RequireCleared(probe, probe.Units(2, 60));
  probe.RequireInjected({probe.Units(80, 1)});
}

void NotPoisoned(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  RequireCleared(probe, probe.Units(8, 2));
  probe.RequireInjected({bad});
}

void UnalignedAddress(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(5, 1);
  RequireRefused(probe, {bad.begin + 1, bad.length()});
}

void UnalignedLength(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(5, 1);
  RequireRefused(probe, {bad.begin, bad.length() - 1});
}

void BytesBeside(DestructiveProbe& probe) {
  // Three pages, of which the middle one is poisoned.
  const SpaRange start = probe.Units(0, 1);
  const auto all = SpaRange::OfLength(start.begin, 3 * kPageBytes);
  const auto bad = SpaRange::OfLength(all.begin + kPageBytes, kPageBytes);
  const SectorRange sectors = probe.Sectors(all), middle = probe.Sectors(bad);
  const SectorRange before{sectors.begin, middle.begin};
  const SectorRange after{middle.end, sectors.end};
  probe.disk().Write(sectors, RepairedBytes(sectors));
  probe.Poison(bad);
  RequireCleared(probe, bad);
  for (SectorRange beside : {before, after})
    probe.Require(probe.disk().Read(beside) == RepairedBytes(beside),
                  "clearing a page changed bytes of the page beside it");
}

void Again(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  for (int i = 0; i < 3; ++i) {
    probe.Poison(bad);
    probe.RequireInjected({bad});
    RequireCleared(probe, bad);
    probe.RequireInjected({});
  }
}

}  // namespace clear_checks

std::vector<Check> ClearChecks() {
  using namespace clear_checks;
  return {
      {{"CLEAR-01", "An error is cleared, and all its bytes are reported",
        kSection, kArea},
       One},
      {{"CLEAR-02", "A cleared error is not listed as injected any more",
        kSection, kArea},
       Forgotten},
      {{"CLEAR-03", "A scrub after the clear does not find the error", kSection,
        kArea},
       NotFoundAgain},
      {{"CLEAR-04", "The kernel drops a cleared error from its list",
        "ACPI 6.5 §9.20.7.7; Linux, nvdimm_account_cleared_poison", kArea},
       KernelForgets},
      {{"CLEAR-05", "Clearing the middle of an error leaves both ends",
        kSection, kArea},
       Middle},
      {{"CLEAR-06", "Clearing the beginning of an error leaves the rest",
        kSection, kArea},
       Beginning},
      {{"CLEAR-07", "Clearing a wide range clears all errors in it alone",
        kSection, kArea},
       Wider},
      {{"CLEAR-08", "Clearing what is good succeeds and changes nothing",
        kSection, kArea},
       NotPoisoned},
      {{"CLEAR-09", "An address inside a clear unit is refused", kSection,
        kArea},
       UnalignedAddress},
      {{"CLEAR-10", "A length of no whole clear units is refused", kSection,
        kArea},
       UnalignedLength},
      {{"CLEAR-11", "A range outside memory is refused", kSection, kArea},
       Refuses<NoMemory>},
      {{"CLEAR-12", "A range that goes past the end is refused", kSection,
        kArea},
       Refuses<TestPastTheEnd>},
      {{"CLEAR-13", "An empty range is refused", kSection, kArea},
       Refuses<EmptyTestRange>},
      {{"CLEAR-14", "A range that wraps is refused", kSection, kArea},
       Refuses<WrappingTestRange>},
      {{"CLEAR-15", "The same unit can be poisoned and cleared again", kSection,
        kArea},
       Again},
      {{"CLEAR-16", "Clearing does not change the bytes beside", kSection,
        kArea},
       BytesBeside},
  };
}

}  // namespace daxmend
