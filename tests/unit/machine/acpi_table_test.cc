// SPDX-License-Identifier: GPL-2.0-only

#include "machine/acpi_table.h"

#include <gmock/gmock.h>

#include <cstring>

#include "core/error.h"
#include "tests/unit/machine/tables.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr NvdimmParameters kHigh = {
    .base = 0x180000000, .size = 0x20000000, .clear_unit = 512};
uint32_t NameValue(const std::string& table, const std::string& name) {
  uint32_t value = 0;
  std::memcpy(&value, table.data() + table.find("\x08" + name) + 6, 4);
  return value;
}

TEST(AcpiTable, IsWholeWhenItsBytesAddUpAndItsLengthIsRight) {
  std::string table = Ssdt();
  EXPECT_TRUE(IsWholeTable(table));
  table[40] ^= 1;
  EXPECT_FALSE(IsWholeTable(table));
  table[40] ^= 1;
  table += '\0';
  EXPECT_FALSE(IsWholeTable(table));
  EXPECT_FALSE(IsWholeTable("NFIT"));
}

TEST(AcpiTable, TheNfitGetsA64BitBaseAndSizeAndARightChecksum) {
  const std::string table =
      FillNfit(Table("NFIT", std::string(4 + 56, '\0')), kHigh);
  EXPECT_TRUE(IsWholeTable(table));
  uint64_t base = 0;
  uint64_t size = 0;
  std::memcpy(&base, table.data() + 72, 8);
  std::memcpy(&size, table.data() + 80, 8);
  EXPECT_EQ(base, kHigh.base);
  EXPECT_EQ(size, kHigh.size);
}

TEST(AcpiTable, EveryFurtherNvdimmHasAStructureNextToTheOneBefore) {
  NvdimmParameters three = kHigh;
  three.count = 3;
  std::string structure(56, '\0');
  structure[4] = 1;   // index
  structure[16] = 7;  // of its GUID
  const std::string compiled = Table("NFIT", std::string(4, '\0') + structure);
  const std::string table = FillNfit(compiled, three);
  EXPECT_TRUE(IsWholeTable(table));
  ASSERT_EQ(table.size(), 40u + 3 * 56);
  for (uint64_t i = 0; i < 3; ++i) {
    uint16_t index = 0;
    uint64_t base_and_size[2] = {};
    std::memcpy(&index, table.data() + 40 + 56 * i + 4, 2);
    std::memcpy(base_and_size, table.data() + 40 + 56 * i + 32, 16);
    EXPECT_EQ(index, i + 1);
    EXPECT_EQ(base_and_size[0], kHigh.base + i * kHigh.size);
    EXPECT_EQ(base_and_size[1], kHigh.size);
    EXPECT_EQ(table[40 + 56 * i + 16], 7);
  }
  // One is as it was when there could be no more.
  EXPECT_EQ(FillNfit(compiled, kHigh).substr(36), table.substr(36, 60));
}

TEST(AcpiTable, OneFirmwareServesAllNvdimms) {
  NvdimmParameters two = kHigh;
  two.count = 2;
  const std::string table = FillSsdt(Ssdt(), two);
  EXPECT_EQ(NameValue(table, "PBAS"),
            NameValue(FillSsdt(Ssdt(), kHigh), "PBAS"));
  EXPECT_EQ(NameValue(table, "PUNI"), 0x200000u);
}

TEST(AcpiTable, AnNfitOfSeveralRangesIsNotForSeveralNvdimms) {
  NvdimmParameters two = kHigh;
  two.count = 2;
  const std::string ranges = Table("NFIT", std::string(4 + 2 * 56, '\0'));
  EXPECT_THAT([&] { FillNfit(ranges, two); },
              ThrowsMessage<Error>(HasSubstr("--nvdimm-count")));
}

TEST(AcpiTable, OnlyTheFirstStructureOfAnNfitIsFilledIn) {
  const std::string more(56, 'x');
  const std::string table =
      FillNfit(Table("NFIT", std::string(4 + 56, '\0') + more), kHigh);
  EXPECT_TRUE(IsWholeTable(table));
  EXPECT_EQ(table.substr(96), more);
}

TEST(AcpiTable, TheSsdtGetsItsParametersInClearUnitsAndARightChecksum) {
  const std::string table = FillSsdt(Ssdt(), kHigh);
  const ErrorTable errors = PlaceErrorTable(kHigh);
  EXPECT_TRUE(IsWholeTable(table));
  EXPECT_EQ(NameValue(table, "PBAS"), 0xc00000u);
  EXPECT_EQ(NameValue(table, "PUNI"), 0x100000u);
  EXPECT_EQ(NameValue(table, "PUSH"), 9u);
  EXPECT_EQ(NameValue(table, "PCAP"), 1024u);
  EXPECT_EQ(NameValue(table, "PTAB"), errors.address);
  EXPECT_EQ(NameValue(table, "PLV0"), errors.level_address[0]);
  EXPECT_EQ(NameValue(table, "PLV3"), errors.level_address[3]);
  EXPECT_EQ(NameValue(table, "PTOP"), errors.level_dwords[3]);
}

TEST(AcpiTable, RefusesTablesItDoesNotKnow) {
  EXPECT_THAT([] { FillNfit(Ssdt(), kHigh); },
              ThrowsMessage<Error>(HasSubstr("nfit.aml")));
  EXPECT_THAT([] { FillSsdt(Table("SSDT", NameOp("PBAS")), kHigh); },
              ThrowsMessage<Error>(HasSubstr("ssdt.aml")));
  std::string twice;
  for (const char* name : kSsdtParameters) twice += NameOp(name);
  EXPECT_THROW(FillSsdt(Table("SSDT", twice + twice), kHigh), Error);
}

}  // namespace
}  // namespace daxmend
