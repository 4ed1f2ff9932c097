// SPDX-License-Identifier: GPL-2.0-only
//
// Start ARS.

#include <fmt/core.h>

#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace start_checks {

constexpr char kArea[] = "ARS start";
constexpr char kSection[] = "ACPI 6.5 §9.20.7.5";

// Starts a scrub and lets it end; requires that it could be started.
void RequireStarts(Probe& probe, uint8_t flags) {
  probe.WaitForArs();
  const SpaRange range = probe.scrub_range();
  const ArsStart answer =
      probe.StartArs(range.begin, range.length(), kArsPersistent, flags);
  probe.Require(answer.status == kStatusSuccess,
                "status " + StatusInWords(answer.status));
  probe.WaitForArs();
}

void RequireRefused(Probe& probe, WrongRange range,
                    uint16_t type = kArsPersistent) {
  probe.WaitForArs();
  const uint16_t status =
      probe.StartArs(range.start, range.length, type).status;
  if (status == kStatusSuccess) probe.WaitForArs();
  probe.RequireStatus(status, kStatusInvalidInput);
}

template <auto wrong>
void Refuses(Probe& probe) {
  RequireRefused(probe, wrong(probe));
}

void Short(Probe& probe) { RequireStarts(probe, kArsReturnPrevious); }
void Long(Probe& probe) { RequireStarts(probe, 0); }

void Size(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  probe.StartArs(range.begin, range.length());
  const uint64_t size = probe.last_size();
  probe.WaitForArs();
  probe.Require(size == 8,
                fmt::format("the answer has {} bytes instead of 8", size));
}

void Busy(Probe& probe) {
  probe.WaitForArs();
  const SpaRange range = probe.scrub_range();
  const ArsStart first = probe.StartArs(range.begin, range.length());
  const ArsStart second = probe.StartArs(range.begin, range.length());
  const bool was_busy = probe.Status().extended == kArsBusy;
  probe.WaitForArs();
  probe.Require(first.status == kStatusSuccess,
                "the first start had status " + StatusInWords(first.status));
  if (second.status == kStatusSuccess && !was_busy)
    probe.Skip(
        "a scrub of 16 MiB ends before another can be started, so there is "
        "none "
        "in progress");
  probe.Require(second.status == kStatusArsInProgress,
                "a start during a scrub had status " +
                    StatusInWords(second.status) +
                    " instead of 6 (ARS in progress)");
}

void NoType(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  RequireRefused(probe, {range.begin, range.length()}, 0);
}

void OtherType(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const uint16_t can = probe.Capabilities(range.begin, range.length()).extended;
  if (can & kArsVolatile)
    probe.Skip("the range can be scrubbed as volatile memory, too");
  RequireRefused(probe, {range.begin, range.length()}, kArsVolatile);
}

void Unaligned(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const uint64_t begin = range.begin + 1, length = 3 * probe.unit();
  probe.WaitForArs();
  const uint16_t status = probe.StartArs(begin, length).status;
  if (status == kStatusInvalidInput) {
    probe.Note("refused");
    return;
  }
  probe.Require(status == kStatusSuccess, "status " + StatusInWords(status));
  const ArsStatus done = probe.WaitForArs();
  const auto scrubbed = SpaRange::OfLength(done.start, done.length);
  probe.Note("scrubbed " + RangesInWords({scrubbed}));
  probe.Require(scrubbed.Contains(SpaRange::OfLength(begin, length)),
                "bytes " + RangesInWords({SpaRange::OfLength(begin, length)}) +
                    " were to be scrubbed, " + RangesInWords({scrubbed}) +
                    " were");
}

// Starts what must be refused, and compares status before and after.
void KeepsState(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const ArsStatus before = probe.Scrub(range);
  const WrongRange wrong = NoMemory(probe);
  probe.StartArs(wrong.start, wrong.length);
  probe.StartArs(range.begin, 0);
  probe.Require(probe.Status() == before,
                "the status is another after a start that was refused");
}

}  // namespace start_checks

std::vector<Check> StartChecks() {
  using namespace start_checks;
  return {
      {{"START-01", "A short scrub can be started", kSection, kArea}, Short},
      {{"START-02", "A full scrub can be started", kSection, kArea}, Long},
      {{"START-03", "The answer has 8 bytes", kSection, kArea}, Size},
      {{"START-04", "A start during a scrub is answered with \"in progress\"",
        kSection, kArea},
       Busy},
      {{"START-05", "A range outside memory is refused", kSection, kArea},
       Refuses<NoMemory>},
      {{"START-06", "A range that goes past the end is refused", kSection,
        kArea},
       Refuses<PastTheEnd>},
      {{"START-07", "A range that begins before the beginning is refused",
        kSection, kArea},
       Refuses<BeforeTheBeginning>},
      {{"START-08", "An empty range is refused", kSection, kArea},
       Refuses<EmptyRange>},
      {{"START-09", "A range that wraps is refused", kSection, kArea},
       Refuses<WrappingRange>},
      {{"START-10", "A scrub of no type of memory is refused", kSection, kArea},
       NoType},
      {{"START-11", "A scrub of a type that cannot be scrubbed is refused",
        kSection, kArea},
       OtherType},
      {{"START-12", "An unaligned range is refused, or scrubbed whole",
        kSection, kArea},
       Unaligned},
      {{"START-13", "A start that is refused changes no state", kSection,
        kArea},
       KeepsState},
  };
}

}  // namespace daxmend
