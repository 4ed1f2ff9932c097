// SPDX-License-Identifier: GPL-2.0-only
//
// Query ARS Capabilities.

#include <fmt/core.h>

#include <bit>

#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace capability_checks {

constexpr char kArea[] = "ARS capabilities";
constexpr char kSection[] = "ACPI 6.5 §9.20.7.4";

// For the whole range, which must have an answer.
ArsCapabilities Whole(Probe& probe) {
  const SpaRange range = probe.pmem();
  const ArsCapabilities answer =
      probe.Capabilities(range.begin, range.length());
  probe.Require(answer.status == kStatusSuccess,
                "status " + StatusInWords(answer.status) +
                    " for a whole persistent range");
  return answer;
}

template <auto wrong>
void Refuses(Probe& probe) {
  const WrongRange range = wrong(probe);
  probe.RequireStatus(probe.Capabilities(range.start, range.length).status,
                      kStatusInvalidInput);
}

void Answers(Probe& probe) { Whole(probe); }

void Size(Probe& probe) {
  Whole(probe);
  probe.Require(
      probe.last_size() == 16,
      fmt::format("the answer has {} bytes instead of 16", probe.last_size()));
}

void ClearUnit(Probe& probe) {
  const uint32_t unit = Whole(probe).clear_unit;
  probe.Note(fmt::format("{} bytes", unit));
  probe.Require(
      std::has_single_bit(unit),
      fmt::format("the clear unit is {} bytes, no power of two", unit));
}

void Persistent(Probe& probe) {
  const uint16_t extended = Whole(probe).extended;
  probe.Require(extended & kArsPersistent,
                "the extended status " + Hexadecimal(extended) +
                    " does not say that a persistent range can be scrubbed");
}

void ReservedStatus(Probe& probe) {
  const uint16_t extended = Whole(probe).extended;
  probe.Require(
      (extended & ~(kArsVolatile | kArsPersistent)) == 0,
      "reserved bits are set in the extended status " + Hexadecimal(extended));
}

void Reserved(Probe& probe) {
  const ArsCapabilities answer = Whole(probe);
  probe.Require((answer.flags & ~1u) == 0,
                "reserved flags are set: " + Hexadecimal(answer.flags));
  probe.Require(answer.reserved == 0,
                "the reserved word is " + Hexadecimal(answer.reserved));
}

void MaxOutput(Probe& probe) {
  const uint32_t bytes = Whole(probe).max_status_bytes;
  probe.Note(fmt::format("{} bytes", bytes));
  probe.Require(
      bytes >= kArsHeaderBytes + kArsRecordBytes,
      fmt::format(
          "status answers may have {} bytes, which has no room for one record",
          bytes));
}

void PartOfRange(Probe& probe) {
  const ArsCapabilities whole = Whole(probe);
  const SpaRange part = probe.scrub_range();
  const ArsCapabilities answer = probe.Capabilities(part.begin, part.length());
  probe.Require(answer.status == kStatusSuccess,
                "status " + StatusInWords(answer.status) +
                    " for a part of a persistent range");
  probe.Require(
      answer.clear_unit == whole.clear_unit,
      fmt::format("the clear unit of a part is {} bytes, that of the whole {}",
                  answer.clear_unit, whole.clear_unit));
}

void Repeats(Probe& probe) {
  const SpaRange range = probe.pmem();
  const std::string input = EncodeRange(range.begin, range.length());
  const std::string first =
      probe.Ask(ReadFunction::kArsCapabilities, input, "first").bytes;
  probe.Require(
      probe.Ask(ReadFunction::kArsCapabilities, input, "again").bytes == first,
      "the same question was answered differently the second time");
}

}  // namespace capability_checks

std::vector<Check> CapabilityChecks() {
  using namespace capability_checks;
  return {
      {{"CAP-01", "A whole persistent range has capabilities", kSection, kArea},
       Answers},
      {{"CAP-02", "The answer has 16 bytes", kSection, kArea}, Size},
      {{"CAP-03", "The clear unit is a power of two", kSection, kArea},
       ClearUnit},
      {{"CAP-04", "A persistent range can be scrubbed", kSection, kArea},
       Persistent},
      {{"CAP-05", "What is reserved in the extended status is 0", kSection,
        kArea},
       ReservedStatus},
      {{"CAP-06", "What is reserved in the answer is 0", kSection, kArea},
       Reserved},
      {{"CAP-07", "A status answer has room for a record at least", kSection,
        kArea},
       MaxOutput},
      {{"CAP-08", "A part of a range has the whole's clear unit", kSection,
        kArea},
       PartOfRange},
      {{"CAP-09", "The same question has the same answer", kSection, kArea},
       Repeats},
      {{"CAP-10", "A range outside memory is refused", kSection, kArea},
       Refuses<NoMemory>},
      {{"CAP-11", "A range that goes past the end is refused", kSection, kArea},
       Refuses<PastTheEnd>},
      {{"CAP-12", "A range that begins before the beginning is refused",
        kSection, kArea},
       Refuses<BeforeTheBeginning>},
      {{"CAP-13", "An empty range is refused", kSection, kArea},
       Refuses<EmptyRange>},
      {{"CAP-14", "A range that wraps is refused", kSection, kArea},
       Refuses<WrappingRange>},
  };
}

}  // namespace daxmend
