// SPDX-License-Identifier: GPL-2.0-only
//
// The arithmetic of interleaved regions, against a second implementation that
// goes address by address through the bits of CXL 3.1 8.2.4.20.13, as hardware
// does.

#include "device/cxl/address_map.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "core/error.h"
#include "machine/cxl/interleave.h"

namespace daxmend {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

CxlAddressMap MapOf(uint64_t ways, uint64_t granularity, uint64_t part) {
  CxlAddressMap map;
  map.hpa = SpaRange::OfLength(0x4'0000'0000, part * ways);
  map.granularity = granularity;
  for (uint64_t i = 0; i < ways; ++i)
    map.targets.push_back({.memdev = "mem" + std::to_string(ways - i),
                           .serial = i,
                           // Not all begin at the device's first byte.
                           .dpa = DpaRange::OfLength(i % 2 * part, part)});
  return map;
}

// What an HDM decoder does with an offset: for powers of two it takes bits out,
// for multiples of three it divides what is above the granularity.
struct Decoded {
  uint64_t position, dpa;
};
Decoded ByBits(uint64_t offset, uint64_t ways, uint64_t granularity) {
  const int low = std::countr_zero(granularity);
  const uint64_t inside = offset & (granularity - 1);
  if (ways % 3 != 0) {
    const int bits = std::countr_zero(ways);
    return {offset >> low & (ways - 1), offset >> (low + bits) << low | inside};
  }
  const int bits = std::countr_zero(ways / 3);
  const uint64_t above = offset >> low;
  const uint64_t third = (above >> bits) % 3;
  return {(third << bits) | (above & ((uint64_t{1} << bits) - 1)),
          (above >> bits) / 3 << low | inside};
}

TEST(CxlAddressMap, GoesForthAndBackAsHardwareDoes) {
  std::mt19937_64 random(20261129);
  uint64_t plans = 0;
  for (uint64_t ways : {1, 2, 3, 4, 6, 8, 12, 16})
    for (uint64_t granularity : {256, 512, 1024, 2048, 4096, 8192, 16384}) {
      // A whole number of turns.
      const CxlAddressMap map = MapOf(ways, granularity, 3 * kMiB);
      ASSERT_NO_THROW(RequireReckonable(map, "region0"));
      for (int i = 0; i < 200; ++i, ++plans) {
        const uint64_t offset = random() % map.hpa.length();
        const CxlPlace place = map.ToDpa(offset);
        const Decoded decoded = ByBits(offset, ways, granularity);
        ASSERT_EQ(place.target, decoded.position)
            << ways << " ways of " << granularity << " at " << offset;
        ASSERT_EQ(place.dpa, map.targets[place.target].dpa.begin + decoded.dpa);
        ASSERT_EQ(map.ToOffset(place), offset);
        // The emulated device reckons by itself.
        const HdmDecoder decoder = {
            .base = map.hpa.begin,
            .bytes = map.hpa.length(),
            .ways = static_cast<uint32_t>(ways),
            .granularity = static_cast<uint32_t>(granularity),
            .dpa = map.targets[place.target].dpa.begin};
        ASSERT_EQ(
            HpaOf(place.dpa, decoder, static_cast<uint32_t>(place.target)),
            map.hpa.begin + offset);
      }
    }
  EXPECT_GE(plans, 10'000u);
}

TEST(CxlAddressMap, HasNoOffsetForWhatIsNotInTheRegion) {
  const CxlAddressMap map = MapOf(2, 256, kMiB);
  EXPECT_EQ(map.ToOffset({0, kMiB}), std::nullopt);
  EXPECT_EQ(map.ToOffset({1, 0}), std::nullopt);
  EXPECT_EQ(map.ToOffset({2, 0}), std::nullopt);
  EXPECT_EQ(map.TargetOn("mem1"), 1u);
  EXPECT_EQ(map.TargetOn("mem7"), std::nullopt);
}

std::string Refusal(const CxlAddressMap& map) {
  try {
    RequireReckonable(map, "region7");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(CxlAddressMap, RefusesWhatItCannotReckon) {
  EXPECT_EQ(Refusal(MapOf(5, 256, kMiB)),
            "region7 is spread over 5 devices, so its addresses cannot be "
            "computed: see 'cxl list -R -T'");
  EXPECT_EQ(Refusal(MapOf(0, 256, kMiB)),
            "region7 is spread over 0 devices, so its addresses cannot be "
            "computed: see 'cxl list -R -T'");
  EXPECT_NE(Refusal(MapOf(2, 128, kMiB)), "");
  EXPECT_NE(Refusal(MapOf(2, 32768, kMiB)), "");
  CxlAddressMap uneven = MapOf(2, 256, kMiB);
  uneven.targets[1].dpa.end -= 256;
  EXPECT_NE(Refusal(uneven), "");
}

}  // namespace
}  // namespace daxmend
