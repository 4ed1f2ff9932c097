// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>

#include "tests/unit/validate/fake_firmware.h"
#include "validate/ars_payload.h"
#include "validate/inject_payload.h"
#include "validate/nfit_payload.h"

namespace daxmend {
namespace {

std::string Bytes(std::initializer_list<uint32_t> dwords) {
  std::string out;
  for (uint32_t dword : dwords) AppendLittleEndian(out, dword);
  return out;
}

TEST(PayloadReader, DoesNotGoPastTheEnd) {
  PayloadReader reader("\x01\x02\x03");
  EXPECT_EQ(reader.Take<uint16_t>(), 0x0201);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.Take<uint32_t>(), 3u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Take<uint64_t>(), 0u);
  EXPECT_EQ(reader.left(), 0u);
}

TEST(ArsCapabilities, AreReadFieldByField) {
  const auto answer =
      DecodeArsCapabilities(Bytes({0x00020000, 3120, 256, 1})).value;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, kStatusSuccess);
  EXPECT_EQ(answer->extended, kArsPersistent);
  EXPECT_EQ(answer->max_status_bytes, 3120u);
  EXPECT_EQ(answer->clear_unit, 256u);
  EXPECT_EQ(answer->flags, 1u);
}

TEST(ArsCapabilities, MayEndAfterAStatusThatRefuses) {
  EXPECT_EQ(DecodeArsCapabilities(Bytes({2})).value->status,
            kStatusInvalidInput);
  EXPECT_FALSE(DecodeArsCapabilities(Bytes({0})).value);
  EXPECT_EQ(DecodeArsCapabilities("\x02").error,
            "the answer has 1 bytes, too few for the 16 it must have");
}

TEST(ArsStatus, BelievesNoCount) {
  std::string bytes = Bytes(
      {0, 0xffffffff, 0x40000000, 0, 0x1000, 0, 0, 0, 0, 0, 2, 0xffffffff});
  bytes += Bytes({7, 0, 0x40000100, 0, 0x100, 0});
  bytes += "cut";
  const auto answer = DecodeArsStatus(bytes).value;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size, 0xffffffffu);
  EXPECT_EQ(answer->count, 0xffffffffu);
  ASSERT_EQ(answer->records.size(), 1u);
  EXPECT_EQ(answer->records[0], (ArsRecord{7, 0, 0x40000100, 0x100}));
}

TEST(ArsStatus, NeedsNoDataWhenThereWasNoScrub) {
  const auto answer = DecodeArsStatus(Bytes({0x00020000})).value;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->extended, kArsNone);
  EXPECT_FALSE(answer->has_header);
  EXPECT_FALSE(DecodeArsStatus(Bytes({0, 48})).value);
}

TEST(InjectStatus, BelievesNoCount) {
  std::string bytes = Bytes({0, 0x10000000});
  bytes += EncodeRange(0x40000000, 256);
  const auto answer = DecodeInjectStatus(bytes).value;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->count, 0x10000000u);
  EXPECT_EQ(answer->records.size(), 1u);
  EXPECT_FALSE(DecodeInjectStatus(Bytes({0})).value);
}

TEST(TranslatedSpa, IsReadFieldByField) {
  const auto answer =
      DecodeTranslateSpa(Bytes({0, 0, 0x1000, 0, 1, 0x11, 0, 0x2000, 0})).value;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->length, 0x1000u);
  ASSERT_EQ(answer->devices.size(), 1u);
  EXPECT_EQ(answer->devices[0].handle, 0x11u);
  EXPECT_EQ(answer->devices[0].dpa, 0x2000u);
}

TEST(Arguments, AreAsAcpiLaysThemOut) {
  EXPECT_EQ(EncodeStartArs(1, 2, 3, 4).size(), 24u);
  EXPECT_EQ(EncodeStartArs(1, 2, 3, 4).substr(16, 3),
            std::string("\x03\x00\x04", 3));
  EXPECT_EQ(EncodeInject(1, 2, 3).size(), 17u);
  EXPECT_EQ(EncodeRange(1, 2).size(), 16u);
}

TEST(Nfit, IsReadWhole) {
  const std::string table = FakeFirmware::RightNfit();
  const auto nfit = DecodeNfit(table).value;
  ASSERT_TRUE(nfit);
  EXPECT_EQ(nfit->checksum, 0);
  EXPECT_EQ(nfit->walk_error, "");
  ASSERT_EQ(nfit->Spas().size(), 1u);
  EXPECT_TRUE(nfit->Spas()[0].Persistent());
  EXPECT_EQ(nfit->Spas()[0].start, FakeFirmware::kRange.begin);
  EXPECT_EQ(nfit->Spas()[0].attributes, 0x8008u);
}

TEST(Nfit, EndsAtAStructureThatDoesNotAddUp) {
  std::string table = FakeFirmware::RightNfit();
  table[42] = 0;
  EXPECT_EQ(DecodeNfit(table).value->walk_error,
            "the structure at offset 40 declares 0 bytes, fewer than its own "
            "header");
  table[42] = 64;
  EXPECT_EQ(DecodeNfit(table).value->walk_error,
            "the structure at offset 40 declares 64 bytes, but the table ends "
            "after 56");
  EXPECT_EQ(DecodeNfit(table.substr(0, 42)).value->walk_error,
            "the structure at offset 40 is cut after 2 bytes");
  EXPECT_FALSE(DecodeNfit(table.substr(0, 39)).value);
}

TEST(Nfit, EveryCutIsDecodedOrRefused) {
  const std::string table = FakeFirmware::RightNfit();
  for (size_t bytes = 0; bytes <= table.size(); ++bytes)
    if (const auto nfit =
            DecodeNfit(std::string_view(table).substr(0, bytes)).value)
      nfit->Spas();
}

}  // namespace
}  // namespace daxmend
