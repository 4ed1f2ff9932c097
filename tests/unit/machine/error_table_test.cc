// SPDX-License-Identifier: GPL-2.0-only

#include "machine/error_table.h"

#include <gmock/gmock.h>

#include "core/error.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

NvdimmParameters Small() { return {.base = kGiB, .size = 256 * kMiB}; }

TEST(ErrorTable, HasABitForEveryClearUnitAndADwordBitForEveryDword) {
  const ErrorTable table = PlaceErrorTable(Small());
  EXPECT_EQ(table.units, 1048576u);
  EXPECT_EQ(table.level_dwords, (std::array<uint32_t, 4>{32768, 1024, 32, 1}));
}

TEST(ErrorTable, RoundsLevelsUpSoThatTheLastUnitIsInThem) {
  NvdimmParameters odd = Small();
  odd.size = 48 * kMiB;
  odd.clear_unit = 4096;
  EXPECT_EQ(PlaceErrorTable(odd).level_dwords,
            (std::array<uint32_t, 4>{384, 12, 1, 1}));
}

TEST(ErrorTable, LiesRightBelowTheRangeInWholePages) {
  const ErrorTable table = PlaceErrorTable(Small());
  EXPECT_EQ(table.address + table.size, kGiB);
  EXPECT_EQ(table.size % 4096, 0u);
}

TEST(ErrorTable, LiesBelowFourGiBWhenTheRangeIsAbove) {
  NvdimmParameters high = Small();
  high.base = 6 * kGiB;
  const ErrorTable table = PlaceErrorTable(high);
  EXPECT_LE(table.address + table.size, kLowMemory);
  EXPECT_GT(table.address, 0u);
}

TEST(ErrorTable, LevelsDoNotOverlapAndLevelZeroHasNeighbours) {
  const ErrorTable table = PlaceErrorTable(Small());
  EXPECT_GT(table.level_address[3], table.boot_counter);
  for (size_t level = 3; level > 1; --level)
    EXPECT_GE(table.level_address[level - 1],
              table.level_address[level] + 4 * table.level_dwords[level]);
  EXPECT_EQ(table.level_address[0],
            table.level_address[1] + 4 * table.level_dwords[1] + 4);
  EXPECT_LE(table.level_address[0] + 4 * table.level_dwords[0] + 4,
            table.address + table.size);
}

TEST(ErrorTable, ServesAllNvdimmsAndReservesTheirMemory) {
  NvdimmParameters three = Small();
  three.count = 3;
  EXPECT_EQ(PlaceErrorTable(three).units, 3 * PlaceErrorTable(Small()).units);
  NvdimmParameters as_large = Small();
  as_large.size *= 3;
  EXPECT_EQ(PlaceErrorTable(three), PlaceErrorTable(as_large));
  EXPECT_EQ(GuestMemory(three, kMiB), GuestMemory(as_large, kMiB));
  EXPECT_EQ(ReservedMemory(three), ReservedMemory(as_large));
}

TEST(ErrorTable, RefusesWhatCannotBeEmulatedAndNamesIt) {
  auto place = [](auto change) {
    return [change] {
      NvdimmParameters nvdimm = Small();
      change(nvdimm);
      PlaceErrorTable(nvdimm);
    };
  };
  EXPECT_THAT(place([](auto& n) { n.size = 100 * 1024; }),
              ThrowsMessage<Error>(HasSubstr("an NVDIMM of 102400 bytes")));
  EXPECT_THAT(place([](auto& n) { n.size = 0; }),
              ThrowsMessage<Error>(HasSubstr("an NVDIMM of 0 bytes")));
  EXPECT_THAT(place([](auto& n) { n.base = kGiB + 4096; }),
              ThrowsMessage<Error>(HasSubstr("cannot be at 0x40001000")));
  EXPECT_THAT(place([](auto& n) { n.size = 2 * kGiB; }),
              ThrowsMessage<Error>(HasSubstr("put it at 4G or higher")));
  EXPECT_THAT(place([](auto& n) { n.clear_unit = 300; }),
              ThrowsMessage<Error>(HasSubstr("clear unit of 300 bytes")));
  EXPECT_THAT(place([](auto& n) { n.error_ranges = 0; }),
              ThrowsMessage<Error>(HasSubstr("table of 0 ranges")));
  EXPECT_THAT(place([](auto& n) { n.count = 5; }),
              ThrowsMessage<Error>(HasSubstr("5 NVDIMMs cannot be emulated")));
  EXPECT_THAT(place([](auto& n) {
                n.count = 4;
                n.size = 512 * kMiB;
              }),
              ThrowsMessage<Error>(HasSubstr("put it at 4G or higher")));
  EXPECT_THAT(place([](auto& n) {
                n.count = 2;
                n.bus = NvdimmBus::kE820;
              }),
              ThrowsMessage<Error>(HasSubstr("use --nvdimm nfit")));
}

TEST(GuestMemory, HoldsTheRangeAndTheInitialFileSystemBehindIt) {
  EXPECT_GE(GuestMemory(Small(), 20 * kMiB), kGiB + 256 * kMiB + 20 * kMiB);
  NvdimmParameters high = Small();
  high.base = 6 * kGiB;
  EXPECT_EQ(GuestMemory(high, 20 * kMiB), kLowMemory + 2 * kGiB + 256 * kMiB);
}

TEST(GuestMemory, LeavesOutARangeThatIsNotInIt) {
  NvdimmParameters beside = Small();
  beside.bus = NvdimmBus::kVirtio;
  beside.size = 2 * kGiB;
  EXPECT_LT(GuestMemory(beside, 20 * kMiB), kGiB + 256 * kMiB);
}

TEST(GuestMemory, RefusesAnInitialFileSystemThatDoesNotFit) {
  NvdimmParameters nvdimm = Small();
  EXPECT_THAT([&] { GuestMemory(nvdimm, 2 * kGiB); },
              ThrowsMessage<Error>(HasSubstr("add less")));
  nvdimm.base = 4 * kGiB;
  EXPECT_THAT([&] { GuestMemory(nvdimm, kGiB); },
              ThrowsMessage<Error>(HasSubstr("add less")));
}

TEST(ReservedMemory, IsOnePieceBelowFourGiBAndTwoAbove) {
  const ErrorTable table = PlaceErrorTable(Small());
  EXPECT_EQ(table.size, 0x22000u);
  EXPECT_EQ(ReservedMemory(Small()), "memmap=0x10022000$0x3ffde000");
  NvdimmParameters high = Small();
  high.base = 6 * kGiB;
  EXPECT_EQ(ReservedMemory(high),
            "memmap=0x22000$0x1ffde000 memmap=0x10000000$0x180000000");
}

TEST(ReservedMemory, DeclaresTheRangeWhereNoTableDoes) {
  NvdimmParameters nvdimm = Small();
  nvdimm.bus = NvdimmBus::kE820;
  EXPECT_EQ(ReservedMemory(nvdimm),
            "memmap=0x22000$0x3ffde000 memmap=0x10000000!0x40000000");
  nvdimm.bus = NvdimmBus::kVirtio;
  EXPECT_EQ(ReservedMemory(nvdimm), "memmap=0x22000$0x3ffde000");
}

}  // namespace
}  // namespace daxmend
