// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/address_map.h"

#include <fmt/core.h>

#include <bit>

#include "core/error.h"

namespace daxmend {
namespace {

// CXL 3.1, the field IW of an HDM decoder.
bool HasWays(uint64_t ways) {
  switch (ways) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 6:
    case 8:
    case 12:
    case 16:
      return true;
    default:
      return false;
  }
}

}  // namespace

CxlPlace CxlAddressMap::ToDpa(uint64_t offset) const {
  const uint64_t turn = offset / granularity;
  const size_t target = turn % ways();
  return {.target = target,
          .dpa = targets[target].dpa.begin + turn / ways() * granularity +
                 offset % granularity};
}

std::optional<uint64_t> CxlAddressMap::ToOffset(const CxlPlace& place) const {
  if (place.target >= targets.size()) return std::nullopt;
  const DpaRange part = targets[place.target].dpa;
  if (!part.Contains(place.dpa)) return std::nullopt;
  const uint64_t in_part = place.dpa - part.begin;
  const uint64_t offset =
      (in_part / granularity * ways() + place.target) * granularity +
      in_part % granularity;
  if (offset >= hpa.length()) return std::nullopt;
  return offset;
}

std::optional<size_t> CxlAddressMap::TargetOn(std::string_view memdev) const {
  for (size_t i = 0; i < targets.size(); ++i)
    if (targets[i].memdev == memdev) return i;
  return std::nullopt;
}

void RequireReckonable(const CxlAddressMap& map, const std::string& region) {
  const auto refuse = [&](const std::string& cause) {
    throw Error({.thing = region,
                 .cause = cause + ", so its addresses cannot be computed",
                 .way_out = "see 'cxl list -R -T'"});
  };
  if (!HasWays(map.ways()))
    refuse(fmt::format("is spread over {} devices", map.ways()));
  if (map.granularity < 256 || map.granularity > 16384 ||
      !std::has_single_bit(map.granularity))
    refuse(fmt::format("has a granularity of {} bytes", map.granularity));
  if (map.hpa.empty()) refuse("has no addresses (it is not committed)");
  for (const CxlTarget& target : map.targets)
    if (target.dpa.length() * map.ways() != map.hpa.length())
      refuse(fmt::format("has {} bytes, of which {} are on {}",
                         map.hpa.length(), target.dpa.length(), target.memdev));
}

}  // namespace daxmend
