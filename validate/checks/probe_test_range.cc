// SPDX-License-Identifier: GPL-2.0-only
//
// What destructive checks ask with: a Probe that poisons.

#include <fmt/core.h>

#include "validate/probe.h"

namespace daxmend {

SpaRange DestructiveProbe::Units(uint64_t first, uint64_t count) {
  const uint64_t bytes = unit();
  const SpaRange range =
      SpaRange::OfLength(range_.spa.begin + first * bytes, count * bytes);
  if (!range_.spa.Contains(range))
    Skip(
        fmt::format("the clear unit of {} bytes is too large for the range "
                    "that may be written to",
                    bytes));
  return range;
}

SectorRange DestructiveProbe::Sectors(SpaRange bytes) const {
  const SectorRange from_start = CoveringSectors(
      {bytes.begin - range_.spa.begin, bytes.end - range_.spa.begin});
  return {range_.sectors.begin + from_start.begin,
          range_.sectors.begin + from_start.end};
}

void DestructiveProbe::Poison(SpaRange range, uint8_t options) {
  const InjectAnswer answer = Inject(range.begin, range.length(), options);
  Require(answer.status == kStatusSuccess,
          "injecting " + RangesInWords({range}) + " was refused with status " +
              StatusInWords(answer.status));
}

std::vector<SpaRange> DestructiveProbe::InjectedRanges() {
  const InjectStatus answer = Injected();
  Require(answer.status == kStatusSuccess,
          "the injection status was refused with status " +
              StatusInWords(answer.status));
  std::vector<SpaRange> injected;
  for (const auto& [start, length] : answer.records)
    injected.push_back(SpaRange::OfLength(start, length));
  return IntersectAll(range_.spa, Normalize(std::move(injected)));
}

void DestructiveProbe::RequireInjected(const std::vector<SpaRange>& wanted) {
  const std::vector<SpaRange> injected = InjectedRanges();
  Require(injected == wanted, "firmware lists " + RangesInWords(injected) +
                                  " as injected, not " + RangesInWords(wanted));
}

std::vector<SectorRange> DestructiveProbe::Listed() {
  return BadAmong({range_.sectors}, disk_);
}

void DestructiveProbe::WaitUntilListed(SectorRange sectors) {
  const std::chrono::nanoseconds begin = bus().Now();
  while (!Subtract(sectors, Listed()).empty()) {
    GiveUpAfter(begin, [&] {
      return "the kernel lists " + RangesInWords(Listed()) + ", not sectors " +
             RangesInWords({sectors});
    });
    bus().Sleep(kProbePoll);
  }
}

}  // namespace daxmend
