// SPDX-License-Identifier: GPL-2.0-only

#include "device/device_media.h"

#include <algorithm>

namespace daxmend {
namespace {

// Adds what of `range` cannot be read to `bad`.
void Probe(UnitRange range, DeviceMedia& media, std::vector<UnitRange>& bad) {
  if (media.Readable(range)) return;
  if (range.length() == 1) {
    bad.push_back(range);
    return;
  }
  const uint64_t middle = range.begin + range.length() / 2;
  Probe({range.begin, middle}, media, bad);
  Probe({middle, range.end}, media, bad);
}

}  // namespace

std::vector<UnitRange> BadAmong(const std::vector<UnitRange>& units,
                                DeviceMedia& media) {
  const PoisonView view = media.Poison();
  std::vector<UnitRange> bad;
  for (UnitRange range : units) {
    for (UnitRange part : IntersectAll(range, view.units)) bad.push_back(part);
    if (!view.cut) continue;
    if (!view.units.empty())
      range.begin = std::max(range.begin, view.units.back().end);
    if (!range.empty()) Probe(range, media, bad);
  }
  return Normalize(std::move(bad));
}

std::vector<UnitRange> UnreadableAmong(const std::vector<UnitRange>& units,
                                       DeviceMedia& media) {
  std::vector<UnitRange> bad;
  for (UnitRange range : units)
    if (!range.empty()) Probe(range, media, bad);
  return Normalize(std::move(bad));
}

}  // namespace daxmend
