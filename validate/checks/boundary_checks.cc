// SPDX-License-Identifier: GPL-2.0-only
//
// The ends of what may be asked: first, middle and last unit of a range, one
// unit beyond it, bits of addresses and lengths that a narrow integer cuts off,
// lengths beyond 64 KiB.

#include <fmt/core.h>

#include <array>

#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace boundary_checks {

constexpr char kArea[] = "Boundaries";
constexpr char kCapabilities[] = "ACPI 6.5 §9.20.7.4";
constexpr char kStart[] = "ACPI 6.5 §9.20.7.5";
constexpr char kStatus[] = "ACPI 6.5 §9.20.7.6";
constexpr char kClear[] = "ACPI 6.5 §9.20.7.7";
constexpr char kInject[] = "ACPI 6.5 §9.20.7.9";
constexpr char kInjectClear[] = "ACPI 6.5 §9.20.7.10";

// First, middle and last unit of `range`.
std::array<SpaRange, 3> Ends(SpaRange range, uint64_t unit) {
  const uint64_t middle = (range.begin + range.length() / 2) & ~(unit - 1);
  return {SpaRange::OfLength(range.begin, unit),
          SpaRange::OfLength(middle, unit),
          SpaRange::OfLength(range.end - unit, unit)};
}

// Of pmem().
std::array<SpaRange, 3> RangeEnds(Probe& probe) {
  const SpaRange range = probe.pmem();
  const uint64_t unit = probe.unit();
  if (range.length() < unit)
    probe.Skip(fmt::format(
        "the clear unit of {} bytes is larger than the range", unit));
  return Ends(range, unit);
}

// Of the test range.
std::vector<SpaRange> TestEnds(DestructiveProbe& probe) {
  probe.Units(0, 1);  // skips where not one fits
  const auto ends = Ends(probe.test_range().spa, probe.unit());
  return {ends.begin(), ends.end()};
}

std::string Words(WrongRange range) {
  return "address " + Hexadecimal(range.start) + ", length " +
         Hexadecimal(range.length);
}

// The first unit of pmem() with bits in its address, and in its length, that a
// narrow integer loses.
std::vector<WrongRange> CutRanges(Probe& probe) {
  const SpaRange range = probe.pmem();
  const uint64_t unit = probe.unit();
  std::vector<WrongRange> wrong;
  for (int bit : {32, 40, 51}) {
    const uint64_t high = uint64_t{1} << bit;
    bool memory = false;
    for (const NfitSpa& spa : probe.nfit().Spas())
      memory |= SpaRange::OfLength(spa.start, spa.length)
                    .Overlaps(SpaRange::OfLength(range.begin + high, unit));
    if (!memory) wrong.push_back({range.begin + high, unit});
    if (range.begin + high + unit > range.end)
      wrong.push_back({range.begin, unit + high});
  }
  return wrong;
}

// The same in the test range. Only what no machine has, and of the lengths one
// that begins there: firmware that takes it after all does so to memory that is
// cleaned up.
std::vector<WrongRange> CutTestRanges(DestructiveProbe& probe) {
  const SpaRange unit = probe.Units(5, 1);
  constexpr uint64_t kHigh = uint64_t{1} << 51;
  return {{unit.begin + kHigh, unit.length()},
          {unit.begin, unit.length() + kHigh}};
}

std::vector<WrongRange> OneTooMany(Probe& probe) {
  const SpaRange range = probe.pmem();
  const uint64_t unit = probe.unit();
  return {{range.end - unit, 2 * unit}, {range.begin - unit, 2 * unit}};
}

void RequireRefused(Probe& probe, WrongRange range, uint16_t status) {
  probe.Require(status == kStatusInvalidInput,
                Words(range) + ": status " + StatusInWords(status) +
                    " instead of " + StatusInWords(kStatusInvalidInput));
}

void RequireNoCapabilities(Probe& probe, const std::vector<WrongRange>& all) {
  for (WrongRange range : all)
    RequireRefused(probe, range,
                   probe.Capabilities(range.start, range.length).status);
}

void RequireNoScrub(Probe& probe, const std::vector<WrongRange>& all) {
  for (WrongRange range : all) {
    probe.WaitForArs();
    const uint16_t status = probe.StartArs(range.start, range.length).status;
    if (status == kStatusSuccess) probe.WaitForArs();
    RequireRefused(probe, range, status);
  }
}

void CapabilitiesOfEnds(Probe& probe) {
  const SpaRange range = probe.pmem();
  const ArsCapabilities whole = probe.Capabilities(range.begin, range.length());
  for (SpaRange part : RangeEnds(probe)) {
    const ArsCapabilities answer =
        probe.Capabilities(part.begin, part.length());
    probe.Require(
        answer.status == whole.status && answer.extended == whole.extended &&
            answer.clear_unit == whole.clear_unit &&
            answer.flags == whole.flags,
        "the unit " + RangesInWords({part}) + " has: " + InWords(answer) +
            "; the whole range: " + InWords(whole));
  }
}

void CapabilitiesOneTooMany(Probe& probe) {
  RequireNoCapabilities(probe, OneTooMany(probe));
}

void CapabilitiesCut(Probe& probe) {
  RequireNoCapabilities(probe, CutRanges(probe));
}

void StartOfEnds(Probe& probe) {
  for (SpaRange part : RangeEnds(probe)) {
    const ArsStatus status = probe.Scrub(part);
    const auto done = SpaRange::OfLength(status.start, status.length);
    probe.Require(status.status == kStatusSuccess && done.Contains(part),
                  RangesInWords({part}) +
                      " was to be scrubbed, the answer is "
                      "about " +
                      RangesInWords({done}));
  }
}

void StartOneTooMany(Probe& probe) { RequireNoScrub(probe, OneTooMany(probe)); }

void StartCut(Probe& probe) { RequireNoScrub(probe, CutRanges(probe)); }

// What a scrub of `range` lists of it, normalized; records that do not fit are
// not expected here.
std::vector<SpaRange> Found(Probe& probe, SpaRange range) {
  std::vector<SpaRange> found;
  for (const ArsRecord& record : probe.Scrub(range).records)
    found.push_back(SpaRange::OfLength(record.start, record.length));
  return IntersectAll(range, Normalize(std::move(found)));
}

void RequireFound(Probe& probe, SpaRange range,
                  const std::vector<SpaRange>& wanted) {
  const std::vector<SpaRange> found = Found(probe, range);
  probe.Require(found == wanted, "a scrub of " + RangesInWords({range}) +
                                     " lists " + RangesInWords(found) +
                                     ", not " + RangesInWords(wanted));
}

void ScrubFindsEnds(DestructiveProbe& probe) {
  const std::vector<SpaRange> ends = TestEnds(probe);
  for (SpaRange bad : ends) probe.Poison(bad);
  RequireFound(probe, probe.test_range().spa, ends);
}

void ScrubEndsInError(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 8));
  RequireFound(probe, probe.Units(0, 8), {probe.Units(4, 4)});
  RequireFound(probe, probe.Units(6, 2), {probe.Units(6, 2)});
}

void InjectsEnds(DestructiveProbe& probe) {
  std::vector<SpaRange> injected;
  for (SpaRange bad : TestEnds(probe)) {
    probe.Poison(bad);
    injected.push_back(bad);
    probe.RequireInjected(injected);
  }
}

// Poisons the ends and takes them away one by one by `take`, the last first.
template <class Take>
void TakesEnds(DestructiveProbe& probe, Take take) {
  std::vector<SpaRange> injected = TestEnds(probe);
  for (SpaRange bad : injected) probe.Poison(bad);
  while (!injected.empty()) {
    take(injected.back());
    injected.pop_back();
    probe.RequireInjected(injected);
  }
}

void RequireUninjected(DestructiveProbe& probe, SpaRange range) {
  probe.RequireStatus(probe.InjectClear(range.begin, range.length()).status,
                      kStatusSuccess);
}

void RequireCleared(DestructiveProbe& probe, SpaRange range) {
  const ClearedError answer = probe.Clear(range.begin, range.length());
  probe.Require(
      answer.status == kStatusSuccess && answer.cleared == range.length(),
      "clearing " + RangesInWords({range}) + ": " + InWords(answer));
}

void UninjectsEnds(DestructiveProbe& probe) {
  TakesEnds(probe, [&](SpaRange range) { RequireUninjected(probe, range); });
}

void ClearsEnds(DestructiveProbe& probe) {
  TakesEnds(probe, [&](SpaRange range) { RequireCleared(probe, range); });
}

void InjectCut(DestructiveProbe& probe) {
  for (WrongRange range : CutTestRanges(probe)) {
    RequireRefused(probe, range,
                   probe.Inject(range.start, range.length).status);
    probe.RequireInjected({});
  }
}

void UninjectCut(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 3);
  probe.Poison(bad);
  for (WrongRange range : CutTestRanges(probe)) {
    RequireRefused(probe, range,
                   probe.InjectClear(range.start, range.length).status);
    probe.RequireInjected({bad});
  }
}

void ClearCut(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 3);
  probe.Poison(bad);
  for (WrongRange range : CutTestRanges(probe)) {
    RequireRefused(probe, range, probe.Clear(range.start, range.length).status);
    probe.RequireInjected({bad});
  }
}

// The last unit of the range and one more, where that is not another's memory.
WrongRange TestOneTooMany(DestructiveProbe& probe) {
  const uint64_t end = probe.pmem().end, unit = probe.unit();
  if (probe.test_range().spa.end != end)
    probe.Skip("the namespace does not end where the range does");
  for (const NfitSpa& spa : probe.nfit().Spas())
    if (SpaRange::OfLength(spa.start, spa.length).Contains(end))
      probe.Skip("there is memory behind the range");
  return {end - unit, 2 * unit};
}

void InjectOneTooMany(DestructiveProbe& probe) {
  const WrongRange range = TestOneTooMany(probe);
  RequireRefused(probe, range, probe.Inject(range.start, range.length).status);
  probe.RequireInjected({});
}

void UninjectOneTooMany(DestructiveProbe& probe) {
  const WrongRange range = TestOneTooMany(probe);
  const auto bad = SpaRange::OfLength(range.start, range.length / 2);
  probe.Poison(bad);
  RequireRefused(probe, range,
                 probe.InjectClear(range.start, range.length).status);
  probe.RequireInjected({bad});
}

void ClearOneTooMany(DestructiveProbe& probe) {
  const WrongRange range = TestOneTooMany(probe);
  const auto bad = SpaRange::OfLength(range.start, range.length / 2);
  probe.Poison(bad);
  RequireRefused(probe, range, probe.Clear(range.start, range.length).status);
  probe.RequireInjected({bad});
}

void InjectsLong(DestructiveProbe& probe) {
  const SpaRange all = probe.test_range().spa;
  probe.Poison(all);
  probe.RequireInjected({all});
}

void ScrubFindsLong(DestructiveProbe& probe) {
  const SpaRange all = probe.test_range().spa;
  probe.Poison(all);
  RequireFound(probe, all, {all});
}

void UninjectsLong(DestructiveProbe& probe) {
  const SpaRange all = probe.test_range().spa;
  probe.Poison(all);
  RequireUninjected(probe, all);
  probe.RequireInjected({});
}

void ClearsLong(DestructiveProbe& probe) {
  const SpaRange all = probe.test_range().spa;
  probe.Poison(all);
  RequireCleared(probe, all);
  probe.RequireInjected({});
}

void UninjectsPartsAtTheEnds(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 6));
  RequireUninjected(probe, probe.Units(8, 4));
  probe.RequireInjected({probe.Units(4, 4)});
  RequireUninjected(probe, probe.Units(2, 4));
  probe.RequireInjected({probe.Units(6, 2)});
}

void ClearsPartsAtTheEnds(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 6));
  RequireCleared(probe, probe.Units(8, 4));
  probe.RequireInjected({probe.Units(4, 4)});
  RequireCleared(probe, probe.Units(2, 4));
  probe.RequireInjected({probe.Units(6, 2)});
}

}  // namespace boundary_checks

std::vector<Check> BoundaryChecks() {
  using namespace boundary_checks;
  return {
      {{"BOUND-01", "First, middle and last unit have the range's capabilities",
        kCapabilities, kArea},
       CapabilitiesOfEnds},
      {{"BOUND-02", "Capabilities of one unit beyond the range are refused",
        kCapabilities, kArea},
       CapabilitiesOneTooMany},
      {{"BOUND-03", "Capabilities: high bits of address and length count",
        kCapabilities, kArea},
       CapabilitiesCut},
      {{"BOUND-04", "First, middle and last unit can be scrubbed", kStart,
        kArea},
       StartOfEnds},
      {{"BOUND-05", "A scrub of one unit beyond the range is refused", kStart,
        kArea},
       StartOneTooMany},
      {{"BOUND-06", "Start ARS: high bits of address and length count", kStart,
        kArea},
       StartCut},
      {{"BOUND-07", "A scrub finds errors in its first, middle and last unit",
        kStatus, kArea},
       ScrubFindsEnds},
      {{"BOUND-08", "A scrub that ends inside an error lists its part of it",
        kStatus, kArea},
       ScrubEndsInError},
      {{"BOUND-09", "First, middle and last unit can be injected", kInject,
        kArea},
       InjectsEnds},
      {{"BOUND-10", "First, middle and last unit can be uninjected",
        kInjectClear, kArea},
       UninjectsEnds},
      {{"BOUND-11", "First, middle and last unit can be cleared", kClear,
        kArea},
       ClearsEnds},
      {{"BOUND-12", "Inject: high bits of address and length count", kInject,
        kArea},
       InjectCut},
      {{"BOUND-13", "Inject Clear: high bits of address and length count",
        kInjectClear, kArea},
       UninjectCut},
      {{"BOUND-14", "Clear Error: high bits of address and length count",
        kClear, kArea},
       ClearCut},
      {{"BOUND-15", "Injecting one unit beyond the range is refused", kInject,
        kArea},
       InjectOneTooMany},
      {{"BOUND-16", "Uninjecting one unit beyond the range is refused",
        kInjectClear, kArea},
       UninjectOneTooMany},
      {{"BOUND-17", "Clearing one unit beyond the range is refused", kClear,
        kArea},
       ClearOneTooMany},
      {{"BOUND-18", "An error of 1 MiB is injected whole", kInject, kArea},
       InjectsLong},
      {{"BOUND-19", "A scrub finds an error of 1 MiB whole", kStatus, kArea},
       ScrubFindsLong},
      {{"BOUND-20", "An error of 1 MiB is uninjected whole", kInjectClear,
        kArea},
       UninjectsLong},
      {{"BOUND-21", "An error of 1 MiB is cleared whole", kClear, kArea},
       ClearsLong},
      {{"BOUND-22", "Uninjecting across either end of an error leaves the rest",
        kInjectClear, kArea},
       UninjectsPartsAtTheEnds},
      {{"BOUND-23", "Clearing across either end of an error leaves the rest",
        kClear, kArea},
       ClearsPartsAtTheEnds},
  };
}

}  // namespace daxmend
