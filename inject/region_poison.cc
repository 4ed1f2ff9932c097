// SPDX-License-Identifier: GPL-2.0-only

#include "inject/region_poison.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/error.h"
#include "system/block_device.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

std::string Called(const RegionPart& ndns) {
  return ndns.name + " (" + ndns.use + ")";
}

// Every namespace without a disk, or the region when it has none at all.
void NotLookedAt(const DeviceRegion& region, const std::string& cause,
                 RegionPoison& poison) {
  for (const RegionPart& ndns : region.namespaces)
    if (ndns.disk.empty()) poison.unknown.push_back(Called(ndns) + cause);
  if (region.namespaces.empty()) poison.unknown.push_back(region.name + cause);
}

Owner OwnedBy(const RegionPart& ndns) {
  return {.kind = Owner::Kind::kNamespace,
          .path = ndns.name,
          .detail = ndns.disk.empty() ? ndns.use : ndns.use + " metadata"};
}

// Of `part` of one of its areas: "arena 0 data block 12".
Owner OwnedBy(const RegionPart& ndns, const RegionArea& area, SpaRange part) {
  Owner owner = OwnedBy(ndns);
  owner.detail += ", " + area.what;
  if (area.block_bytes == 0) return owner;
  const uint64_t first = (part.begin - area.where.begin) / area.block_bytes;
  const uint64_t last = (part.end - 1 - area.where.begin) / area.block_bytes;
  owner.detail += first == last ? fmt::format(" block {}", first)
                                : fmt::format(" blocks {} to {}", first, last);
  return owner;
}

}  // namespace

RegionPoison PoisonOffDisks(const DeviceRegion& region,
                            std::string_view badblocks) {
  const BadblocksView view = ParseBadblocksView(badblocks);
  RegionPoison poison;
  poison.cut = view.cut;
  if (view.sectors.empty()) return poison;
  const bool hidden =
      !region.spa ||
      std::any_of(region.namespaces.begin(), region.namespaces.end(),
                  [](const RegionPart& ndns) { return !ndns.whole; });
  if (hidden) {
    NotLookedAt(region,
                ": bad sectors of " + region.name +
                    " may lie in it, but only root can see its address",
                poison);
    return poison;
  }
  std::vector<SpaRange> bad, rest;
  for (SectorRange r : view.sectors)
    bad.push_back(SpaRange::OfLength(region.spa->begin + r.begin * kSectorBytes,
                                     r.length() * kSectorBytes));
  auto add = [&](SpaRange part, const Owner& owner,
                 const std::optional<SpaRange>& data) {
    RegionPoison::Part found{
        .sectors = {(part.begin - region.spa->begin) / kSectorBytes,
                    (part.end - region.spa->begin) / kSectorBytes},
        .spa = part,
        .owner = owner,
        .offset = {}};
    if (data && data->Contains(part))
      found.offset =
          FileRange::OfLength(part.begin - data->begin, part.length());
    poison.parts.push_back(std::move(found));
  };
  std::vector<SpaRange> known;
  for (const RegionPart& ndns : region.namespaces) {
    known.push_back(*ndns.whole);
    for (SpaRange in : IntersectAll(*ndns.whole, bad)) {
      const SpaRange data = ndns.data.value_or(SpaRange{});
      const bool on_disk = !ndns.disk.empty();
      if (const SpaRange part = Intersect(in, data); !part.empty() && !on_disk)
        add(part, OwnedBy(ndns), data);
      std::vector<SpaRange> told = {data};
      for (const RegionArea& area : ndns.areas) {
        const SpaRange part = Intersect(in, area.where);
        if (!part.empty()) add(part, OwnedBy(ndns, area, part), std::nullopt);
        told.push_back(area.where);
      }
      for (SpaRange part : Subtract(in, Normalize(std::move(told))))
        if (!part.empty()) add(part, OwnedBy(ndns), std::nullopt);
    }
  }
  known = Normalize(std::move(known));
  for (SpaRange r : bad)
    for (SpaRange part : Subtract(r, known))
      add(part, {.kind = Owner::Kind::kNamespace}, std::nullopt);
  std::sort(poison.parts.begin(), poison.parts.end(),
            [](const RegionPoison::Part& a, const RegionPoison::Part& b) {
              return a.sectors < b.sectors;
            });
  return poison;
}

RegionPoison ReadRegionPoison(const DeviceRegion& region,
                              const std::string& devices) {
  std::string text;
  try {
    text = ReadFile(devices + "/" + region.name + "/badblocks");
  } catch (const Error& e) {
    RegionPoison poison;
    NotLookedAt(region, ": " + std::string(e.what()), poison);
    return poison;
  }
  return PoisonOffDisks(region, text);
}

}  // namespace daxmend
