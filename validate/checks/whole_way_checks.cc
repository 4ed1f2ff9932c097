// SPDX-License-Identifier: GPL-2.0-only
//
// Firmware, driver and media together: an injected error is announced, listed,
// read as an error, repaired by a write, and stays repaired.

#include <fmt/core.h>

#include <cerrno>

#include "core/error.h"
#include "inject/undo/put_back.h"
#include "validate/check.h"
#include "validate/reboot.h"

namespace daxmend {
namespace whole_way_checks {

constexpr char kArea[] = "End to end";
constexpr char kSection[] = "ACPI 6.5 §9.20.7.2; Linux, nd_pmem";

// The page that everything happens in, as bytes of the media.
SpaRange Page(DestructiveProbe& probe) {
  return SpaRange::OfLength(probe.test_range().spa.begin + 4 * kPageBytes,
                            kPageBytes);
}

// Poisons the page and returns when the kernel lists it.
SectorRange PoisonPage(DestructiveProbe& probe) {
  const SpaRange page = Page(probe);
  probe.WaitForKernel();
  probe.Poison(page, kInjectNotify);
  probe.WaitUntilListed(probe.Sectors(page));
  probe.WaitForKernel();
  return probe.Sectors(page);
}

// 0 or the errno that reading ended with.
int ReadError(DestructiveProbe& probe, SectorRange sectors) {
  try {
    probe.disk().Read(sectors);
    return 0;
  } catch (const Error& e) {
    if (e.code() == 0) throw;
    return e.code();
  }
}

void Repair(DestructiveProbe& probe, SectorRange sectors) {
  try {
    probe.disk().Write(sectors, RepairedBytes(sectors));
  } catch (const Error& e) {
    probe.Fail(std::string("the write that should repair failed: ") + e.what());
  }
}

void Listed(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  probe.Require(probe.Listed() == std::vector{page},
                "the kernel lists sectors " + RangesInWords(probe.Listed()) +
                    ", not " + RangesInWords({page}));
}

void ReadFails(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  for (uint64_t at = page.begin; at < page.end; ++at) {
    const int error = ReadError(probe, {at, at + 1});
    probe.Require(
        error == EIO,
        fmt::format(
            "reading the poisoned sector {}{}", at,
            error ? fmt::format(" ended with another error: errno {}", error)
                  : std::string(" succeeds")));
  }
}

void NeighboursRead(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  for (uint64_t at : {page.begin - 1, page.end})
    probe.Require(
        ReadError(probe, {at, at + 1}) == 0,
        fmt::format(
            "the good sector {} beside the poisoned page cannot be read", at));
}

void WriteRepairs(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  Repair(probe, page);
  probe.Require(probe.Listed().empty(),
                "after the write the kernel still lists sectors " +
                    RangesInWords(probe.Listed()));
}

void FirmwareForgets(DestructiveProbe& probe) {
  Repair(probe, PoisonPage(probe));
  const std::vector<SpaRange> injected = probe.InjectedRanges();
  probe.Require(injected.empty(), "after the write firmware still lists " +
                                      RangesInWords(injected));
}

void DataIsThere(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  Repair(probe, page);
  probe.Require(probe.disk().Read(page) == RepairedBytes(page),
                "what was written over the poison is not what is read");
}

void OneSector(DestructiveProbe& probe) {
  const SectorRange page = PoisonPage(probe);
  const SectorRange one{page.begin + 3, page.begin + 4};
  Repair(probe, one);
  const std::vector<SectorRange> wanted = Subtract(page, {one});
  probe.Require(probe.Listed() == wanted,
                "after one sector was rewritten the kernel lists " +
                    RangesInWords(probe.Listed()) + ", not " +
                    RangesInWords(wanted));
}

void StaysRepaired(DestructiveProbe& probe) {
  Repair(probe, PoisonPage(probe));
  const uint64_t before = probe.bus().Scrub().count;
  probe.ScrubByKernel();
  probe.Require(probe.bus().Scrub().count != before,
                "the kernel did not scrub");
  probe.Require(probe.Listed().empty(), "a fresh scrub brings back sectors " +
                                            RangesInWords(probe.Listed()));
}

void FoundBySecondScrub(DestructiveProbe& probe) {
  const SpaRange page = Page(probe);
  probe.WaitForKernel();
  probe.Poison(page);
  probe.ScrubByKernel();
  probe.Require(probe.Listed() == std::vector{probe.Sectors(page)},
                "a scrub that was asked for lists sectors " +
                    RangesInWords(probe.Listed()) + ", not " +
                    RangesInWords({probe.Sectors(page)}));
}

// What PrepareReboot left, after a reboot that the caller says there was.
const RebootMarks& Marks(DestructiveProbe& probe) {
  if (!probe.reboot_marks())
    probe.Skip(
        "needs a reboot: run with --before-reboot, boot again, run with "
        "--after-reboot");
  return *probe.reboot_marks();
}

void RepairedAfterReboot(DestructiveProbe& probe) {
  const RebootMarks& marks = Marks(probe);
  const std::vector<SpaRange> injected =
      IntersectAll(marks.repaired, probe.InjectedRanges());
  probe.Require(injected.empty(), "firmware lists " + RangesInWords(injected) +
                                      " again, which was repaired before the "
                                      "reboot");
  probe.WaitForKernel();
  const SectorRange sectors = probe.Sectors(marks.repaired);
  const std::vector<SectorRange> listed = IntersectAll(sectors, probe.Listed());
  probe.Require(listed.empty(), "the kernel lists sectors " +
                                    RangesInWords(listed) +
                                    " again, which were repaired before the "
                                    "reboot");
  probe.Require(probe.disk().Read(sectors) == RepairedBytes(sectors),
                "what was written before the reboot is not what is read");
}

void LeftAfterReboot(DestructiveProbe& probe) {
  const RebootMarks& marks = Marks(probe);
  const std::vector<SpaRange> injected =
      IntersectAll(marks.left, probe.InjectedRanges());
  if (injected.empty())
    probe.Warn(
        "the error that was left before the reboot is gone: firmware that "
        "calls its injected errors persistent must keep it");
  probe.Require(injected == std::vector{marks.left},
                "of the error " + RangesInWords({marks.left}) +
                    ", which was left before the reboot, firmware lists " +
                    RangesInWords(injected));
  probe.WaitForKernel();
  const SectorRange sectors = probe.Sectors(marks.left);
  const std::vector<SectorRange> listed = IntersectAll(sectors, probe.Listed());
  probe.Require(listed == std::vector{sectors},
                "after the reboot the kernel lists sectors " +
                    RangesInWords(listed) + ", not " +
                    RangesInWords({sectors}));
}

}  // namespace whole_way_checks

std::vector<Check> WholeWayChecks() {
  using namespace whole_way_checks;
  return {
      {{"WAY-01", "The kernel lists exactly what was injected with notify",
        kSection, kArea},
       Listed},
      {{"WAY-02", "Poisoned sectors cannot be read", kSection, kArea},
       ReadFails},
      {{"WAY-03", "The sectors beside them can", kSection, kArea},
       NeighboursRead},
      {{"WAY-04", "A write of the page repairs it", kSection, kArea},
       WriteRepairs},
      {{"WAY-05", "After it, firmware does not list the error any more",
        kSection, kArea},
       FirmwareForgets},
      {{"WAY-06", "What was written is what is read", kSection, kArea},
       DataIsThere},
      {{"WAY-07", "A write of one sector repairs that sector alone", kSection,
        kArea},
       OneSector},
      {{"WAY-08", "A fresh scrub does not bring a repaired error back",
        kSection, kArea},
       StaysRepaired},
      {{"WAY-09", "A requested scrub finds errors injected without notify",
        kSection, kArea},
       FoundBySecondScrub},
      {{"WAY-10", "What was repaired is good after a reboot", kSection, kArea},
       RepairedAfterReboot},
      {{"WAY-11", "What was not repaired is there after a reboot",
        "ACPI 6.5 §9.20.7.3", kArea},
       LeftAfterReboot},
  };
}

}  // namespace daxmend
