// SPDX-License-Identifier: GPL-2.0-only
//
// Query ARS Status.

#include <fmt/core.h>

#include <algorithm>

#include "validate/check.h"

namespace daxmend {
namespace status_checks {

constexpr char kArea[] = "ARS status";
constexpr char kSection[] = "ACPI 6.5 §9.20.7.6";

// A scrub of `range` that ended well; a read-only caller takes the records that
// happen to be there.
ArsStatus Scrubbed(Probe& probe, SpaRange range) {
  ArsStatus status = probe.Scrub(range);
  probe.Require(status.status == kStatusSuccess,
                "status " + StatusInWords(status.status));
  return status;
}

ArsStatus Scrubbed(Probe& probe) {
  return Scrubbed(probe, probe.scrub_range());
}

std::vector<SpaRange> Records(const ArsStatus& status) {
  std::vector<SpaRange> records;
  for (const ArsRecord& record : status.records)
    records.push_back(SpaRange::OfLength(record.start, record.length));
  return records;
}

// What the scrub found in `range`, normalized.
std::vector<SpaRange> Found(Probe& probe, SpaRange range) {
  return IntersectAll(range, Normalize(Records(Scrubbed(probe, range))));
}

void Completes(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  probe.Require(
      status.extended == kArsDone || status.extended == kArsStopped,
      "the extended status after a scrub is " + Hexadecimal(status.extended));
}

void SizeField(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  const uint64_t bytes = probe.last_size();
  // ACPI leaves open whether the status dword counts; Linux takes both
  // (drivers/nvdimm/bus.c, nd_cmd_out_size).
  probe.Require(status.size == bytes || uint64_t{status.size} + 4 == bytes,
                fmt::format("the answer declares {} bytes and has {}",
                            status.size, bytes));
}

void CountField(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  const uint64_t bytes = probe.last_size();
  probe.Require(
      kArsHeaderBytes + kArsRecordBytes * uint64_t{status.count} == bytes,
      fmt::format("the answer declares {} records and has {} bytes",
                  status.count, bytes));
}

void EchoesRange(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const ArsStatus status = Scrubbed(probe, range);
  if (status.flags & kArsOverflow)
    probe.Skip("there are more errors than fit an answer");
  const auto scrubbed = SpaRange::OfLength(status.start, status.length);
  probe.Require(scrubbed == range, RangesInWords({range}) +
                                       " was to be scrubbed, the answer is "
                                       "about " +
                                       RangesInWords({scrubbed}));
}

void EchoesType(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  probe.Require(status.type == kArsPersistent,
                fmt::format("a scrub of type 2 reports type {}", status.type));
}

void ReservedFlags(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  probe.Require((status.flags & ~kArsOverflow) == 0,
                "reserved flags are set: " + Hexadecimal(status.flags));
}

void NoRestart(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  if (status.extended != kArsDone)
    probe.Skip("the scrub did not end before there was to be a restart");
  probe.Require(!(status.flags & kArsOverflow),
                "a scrub that is done says that records did not fit");
  probe.Require(status.restart_length == 0,
                "a scrub that is done says to restart at " +
                    Hexadecimal(status.restart_start) + ", length " +
                    Hexadecimal(status.restart_length));
}

void RecordsInRange(Probe& probe) {
  const ArsStatus status = Scrubbed(probe);
  const auto scrubbed = SpaRange::OfLength(status.start, status.length);
  for (const SpaRange& record : Records(status))
    probe.Require(record.Overlaps(scrubbed),
                  "the record " + RangesInWords({record}) + " is not in " +
                      RangesInWords({scrubbed}) + ", which was scrubbed");
}

void RecordsWhole(Probe& probe) {
  std::vector<SpaRange> records = Records(Scrubbed(probe));
  std::sort(records.begin(), records.end());
  for (size_t i = 0; i < records.size(); ++i) {
    probe.Require(!records[i].empty(), "the record at " +
                                           Hexadecimal(records[i].begin) +
                                           " is empty or wraps");
    probe.Require(i == 0 || !records[i].Overlaps(records[i - 1]),
                  "the records " + RangesInWords({records[i - 1], records[i]}) +
                      " overlap");
  }
}

void RecordsReserved(Probe& probe) {
  for (const ArsRecord& record : Scrubbed(probe).records)
    probe.Require(record.reserved == 0, "the record at " +
                                            Hexadecimal(record.start) +
                                            " has a reserved dword of " +
                                            Hexadecimal(record.reserved));
}

void FitsPromise(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const uint32_t most =
      probe.Capabilities(range.begin, range.length()).max_status_bytes;
  Scrubbed(probe, range);
  probe.Require(probe.last_size() <= most,
                fmt::format("the answer has {} bytes, more than the {} that "
                            "the capabilities promise",
                            probe.last_size(), most));
}

void Repeats(Probe& probe) {
  const ArsStatus first = Scrubbed(probe);
  probe.Require(probe.Status() == first,
                "asking for the status changed the status");
}

void FindsInjected(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  const std::vector<SpaRange> found = Found(probe, probe.Units(0, 16));
  probe.Require(found == std::vector{bad}, "the scrub found " +
                                               RangesInWords(found) + ", not " +
                                               RangesInWords({bad}));
}

void StaysListed(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 1));
  const ArsStatus first = Scrubbed(probe, probe.Units(0, 16));
  probe.Require(!first.records.empty(),
                "the scrub did not find what was injected");
  probe.Require(probe.Status() == first,
                "asking for the status a second time gives another one");
}

void FindsMany(DestructiveProbe& probe) {
  std::vector<SpaRange> bad;
  for (uint64_t i = 0; i < 16; ++i) {
    bad.push_back(probe.Units(3 * i, 1 + i % 2));
    probe.Poison(bad.back());
  }
  const std::vector<SpaRange> records =
      Records(Scrubbed(probe, probe.Units(0, 64)));
  const std::vector<SpaRange> found = Normalize(records);
  probe.Require(found == bad, "the scrub found " + RangesInWords(found) +
                                  ", not " + RangesInWords(bad));
  probe.Require(TotalLength(records) == TotalLength(found),
                "some of what the scrub found is listed twice");
}

void Survives(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1), range = probe.Units(0, 16);
  probe.Poison(bad);
  for (const char* time : {"first", "second", "third"})
    probe.Require(Found(probe, range) == std::vector{bad},
                  std::string("the ") + time +
                      " scrub after the injection "
                      "does not list it");
}

void NotStale(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1), range = probe.Units(0, 16);
  probe.Poison(bad);
  Found(probe, range);
  probe.InjectClear(bad.begin, bad.length());
  const std::vector<SpaRange> found = Found(probe, range);
  probe.Require(found.empty(),
                "a scrub after the error was uninjected still lists " +
                    RangesInWords(found));
}

void ForgetsCleared(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  probe.Require(Found(probe, probe.Units(0, 16)) == std::vector{bad},
                "the scrub did not find what was injected");
  const uint16_t cleared = probe.Clear(bad.begin, bad.length()).status;
  if (cleared != kStatusSuccess)
    probe.Skip("clearing was refused with status " + StatusInWords(cleared));
  for (const SpaRange& record : Records(probe.Status()))
    probe.Require(!record.Overlaps(bad), RangesInWords({record}) +
                                             " is still listed, which was "
                                             "cleared");
}

void OnlyItsRange(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(20, 1), range = probe.Units(0, 16);
  probe.Poison(bad);
  for (const SpaRange& record : Records(Scrubbed(probe, range)))
    probe.Require(!record.Overlaps(bad),
                  "a scrub of " + RangesInWords({range}) + " lists " +
                      RangesInWords({record}) + ", which is outside");
}

void PartOfError(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 8));
  const SpaRange range = probe.Units(8, 16), bad = probe.Units(8, 4);
  const std::vector<SpaRange> found = Found(probe, range);
  probe.Require(found == std::vector{bad},
                "a scrub that begins inside an error lists " +
                    RangesInWords(found) + " of its range, not " +
                    RangesInWords({bad}));
}

// Leaves `wanted` errors in the test range: injects long ones, and where
// firmware takes no more, splits some of those in two. Returns them: what
// firmware lists as injected may have no room for that many.
std::vector<SpaRange> PoisonInPieces(DestructiveProbe& probe, uint64_t wanted) {
  constexpr uint64_t kStride = 4;
  const uint64_t unit = probe.unit();
  const uint64_t fit = probe.test_range().spa.length() / (kStride * unit);
  uint64_t whole = 0;
  while (whole < std::min(wanted, fit)) {
    const SpaRange range = probe.Units(kStride * whole, kStride - 1);
    if (probe.Inject(range.begin, range.length()).status != kStatusSuccess)
      break;
    ++whole;
  }
  if (wanted > 2 * whole)
    probe.Skip(fmt::format(
        "firmware took {} errors, and an answer has room for twice as many",
        whole));
  std::vector<SpaRange> errors;
  for (uint64_t i = 0; i < whole; ++i) {
    const uint64_t first = kStride * i;
    if (i >= wanted - whole) {
      errors.push_back(probe.Units(first, kStride - 1));
      continue;
    }
    const SpaRange middle = probe.Units(first + 1, 1);
    if (probe.InjectClear(middle.begin, middle.length()).status !=
        kStatusSuccess)
      probe.Skip("an error cannot be split by uninjecting its middle");
    errors.push_back(probe.Units(first, 1));
    errors.push_back(probe.Units(first + 2, 1));
  }
  return errors;
}

// Leaves one error more than an answer has room for.
void Overflow(DestructiveProbe& probe) {
  const SpaRange range = probe.test_range().spa;
  const uint32_t most =
      probe.Capabilities(range.begin, range.length()).max_status_bytes;
  const uint64_t room =
      (most - std::min<uint64_t>(most, kArsHeaderBytes)) / kArsRecordBytes;
  const std::vector<SpaRange> bad = PoisonInPieces(probe, room + 1);
  const ArsStatus first = Scrubbed(probe, range);
  probe.Require(first.extended == kArsStopped && first.flags & kArsOverflow,
                "more errors than fit, and the answer does not say so: "
                "extended status " +
                    Hexadecimal(first.extended) + ", flags " +
                    Hexadecimal(first.flags));
  const auto rest =
      SpaRange::OfLength(first.restart_start, first.restart_length);
  probe.Require(range.Contains(rest) && !rest.empty(),
                "the scrub is to be restarted for " + RangesInWords({rest}));
  std::vector<SpaRange> found = Records(first);
  const ArsStatus second = Scrubbed(probe, rest);
  for (const SpaRange& record : Records(second)) found.push_back(record);
  found = Normalize(std::move(found));
  probe.Require(found == bad,
                "the first answer and the one after the restart have " +
                    RangesInWords(found) + " together, injected were " +
                    RangesInWords(bad));
  probe.Require(second.extended == kArsDone && !(second.flags & kArsOverflow),
                "the answer after the restart has the rest and does not say "
                "that it is all: " +
                    InWords(second));
}

}  // namespace status_checks

std::vector<Check> StatusChecks() {
  using namespace status_checks;
  return {
      {{"STATUS-01", "A scrub ends, and the status says so", kSection, kArea},
       Completes},
      {{"STATUS-02", "The size that is declared is the answer's", kSection,
        kArea},
       SizeField},
      {{"STATUS-03", "The records that are declared fill the answer", kSection,
        kArea},
       CountField},
      {{"STATUS-04", "The range that was asked for is the one scrubbed",
        kSection, kArea},
       EchoesRange},
      {{"STATUS-05", "The type that was asked for is the one scrubbed",
        kSection, kArea},
       EchoesType},
      {{"STATUS-06", "Reserved flags are 0", kSection, kArea}, ReservedFlags},
      {{"STATUS-07", "A scrub that is done has nothing to restart", kSection,
        kArea},
       NoRestart},
      {{"STATUS-08", "Records are in the range scrubbed", kSection, kArea},
       RecordsInRange},
      {{"STATUS-09", "Records are not empty, wrap or overlap", kSection, kArea},
       RecordsWhole},
      {{"STATUS-10", "What is reserved in records is 0", kSection, kArea},
       RecordsReserved},
      {{"STATUS-11", "Answers are no longer than the capabilities promise",
        kSection, kArea},
       FitsPromise},
      {{"STATUS-12", "Asking for the status does not change it", kSection,
        kArea},
       Repeats},
      {{"STATUS-13", "A scrub finds exactly what was injected", kSection,
        kArea},
       FindsInjected},
      {{"STATUS-14", "A scrub finds many errors, each once", kSection, kArea},
       FindsMany},
      {{"STATUS-15", "An error is listed by every scrub until it is cleared",
        kSection, kArea},
       Survives},
      {{"STATUS-16", "A scrub does not list what was gone before it", kSection,
        kArea},
       NotStale},
      {{"STATUS-17", "A scrub does not list errors outside its range", kSection,
        kArea},
       OnlyItsRange},
      {{"STATUS-18", "A scrub that begins inside an error lists the rest of it",
        kSection, kArea},
       PartOfError},
      {{"STATUS-19", "Errors that do not fit an answer come after a restart",
        kSection, kArea},
       Overflow},
      {{"STATUS-20", "What is cleared leaves the status of the last scrub",
        "ACPI 6.5 §9.20.7.6, §9.20.7.7", kArea},
       ForgetsCleared},
      {{"STATUS-21", "Errors stay in the status when it is asked for again",
        kSection, kArea},
       StaysListed},
  };
}

}  // namespace daxmend
