// SPDX-License-Identifier: GPL-2.0-only
//
// What destructive checks ask with: the part of Probe that poisons.

#include "validate/probe.h"

namespace daxmend {

const TestRange& Probe::test_range() {
  if (!range_) Skip("needs a namespace to write to");
  return *range_;
}

SpaRange Probe::Units(uint64_t first, uint64_t count) {
  const uint64_t bytes = unit();
  const SpaRange range =
      SpaRange::OfLength(test_range().spa.begin + first * bytes, count * bytes);
  if (!test_range().spa.Contains(range))
    Skip("the clear unit of " + std::to_string(bytes) +
         " bytes is too large for the range that may be written to");
  return range;
}

SectorRange Probe::Sectors(SpaRange bytes) {
  const TestRange& range = test_range();
  const SectorRange from_start = CoveringSectors(
      {bytes.begin - range.spa.begin, bytes.end - range.spa.begin});
  return {range.sectors.begin + from_start.begin,
          range.sectors.begin + from_start.end};
}

DeviceMedia& Probe::disk() {
  test_range();
  return *disk_;
}

void Probe::Poison(SpaRange range, uint8_t options) {
  const InjectAnswer answer = Inject(range.begin, range.length(), options);
  Require(answer.status == kStatusSuccess,
          "injecting " + RangesInWords({range}) + " was refused with status " +
              StatusInWords(answer.status));
}

std::vector<SpaRange> Probe::InjectedRanges() {
  const InjectStatus answer = Injected();
  Require(answer.status == kStatusSuccess,
          "the injection status was refused with status " +
              StatusInWords(answer.status));
  std::vector<SpaRange> injected;
  for (const auto& [start, length] : answer.records)
    injected.push_back(SpaRange::OfLength(start, length));
  return IntersectAll(test_range().spa, Normalize(std::move(injected)));
}

void Probe::RequireInjected(const std::vector<SpaRange>& wanted) {
  const std::vector<SpaRange> injected = InjectedRanges();
  Require(injected == wanted, "firmware lists " + RangesInWords(injected) +
                                  " as injected, not " + RangesInWords(wanted));
}

std::vector<SectorRange> Probe::Listed() {
  return BadAmong({test_range().sectors}, disk());
}

void Probe::WaitUntilListed(SectorRange sectors) {
  const std::chrono::nanoseconds begin = bus_.Now();
  while (!Subtract(sectors, Listed()).empty()) {
    GiveUpAfter(begin, [&] {
      return "the kernel lists " + RangesInWords(Listed()) + ", not sectors " +
             RangesInWords({sectors});
    });
    bus_.Sleep(kProbePoll);
  }
}

}  // namespace daxmend
