// SPDX-License-Identifier: GPL-2.0-only

#include "machine/aml_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/machine/tables.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// PkgLength of so many bytes behind it, in its form of two bytes (20.2.4).
std::string Sized(const std::string& content) {
  const size_t length = content.size() + 2;
  return {static_cast<char>(0x40 | (length & 0x0f)),
          static_cast<char>(length >> 4)};
}
std::string Block(const std::string& opcode, const std::string& content) {
  return opcode + Sized(content) + content;
}
std::string Method(const std::string& name, const std::string& terms) {
  return Block("\x14", name + std::string(1, '\1') + terms);
}
std::string Device(const std::string& name, const std::string& terms) {
  return Block("\x5b\x82", name + terms);
}
const std::string kReturnZero("\xa4\x00", 2);

TEST(AmlMethods, HaveTheirPathsAndWhereTheirTermsAre) {
  const std::string inner = Method("_DSM", kReturnZero);
  const std::string body =
      Device("\\\x2e_SB_NVDR", NameOp("PBAS") + inner + Method("^^ROOT", "")) +
      Method("LAST", "\x01");
  const std::string table = Table("SSDT", body);
  const size_t dsm = table.find("_DSM") + 5;
  const size_t root = table.find("^^ROOT") + 7;
  const size_t last = table.find("LAST") + 5;
  EXPECT_THAT(AmlMethods(table),
              ElementsAre(AmlMethod{dsm, dsm + 2, "_SB_.NVDR._DSM"},
                          AmlMethod{root, root, "ROOT"},
                          AmlMethod{last, last + 1, "LAST"}));
}

TEST(AmlMethods, AreFoundBehindEveryDeclaration) {
  const std::string zero(1, '\0');
  const std::string declarations[] = {
      "\x06"
      "AAAABBBB",  // Alias
      "\x08"
      "NAME\x0a\x07",  // of a byte, a word, ...
      "\x08"
      "NAME\x0b\x07\x07",
      "\x08"
      "NAME\x0e\1\2\3\4\5\6\7\x08",
      "\x08"
      "NAME\x0dtext" +
          zero,
      "\x08"
      "NAME\xff",
      "\x08"
      "NAME\x5b\x30",
      "\x08"
      "NAME" +
          Block("\x11", "\x0a\x02\1\2"),
      "\x08"
      "NAME" +
          Block("\x12", "\x01\x01"),
      "\x15"
      "EXTN\x08\x01",  // External
      "\x5b\x01"
      "MUTX" +
          zero,
      "\x5b\x02"
      "EVNT",
      "\x5b\x80"
      "REGN" +
          zero + "PTAB\x0a\x08",
      "\x5b\x80"
      "REGN" +
          zero + "\x72PTAB\x0a\x04" + zero + "\x0a\x08",
      Block("\x5b\x81",
            "REGN\x03"
            "FLD_\x20"),
      "\x8a"
      "BUFR" +
          zero + "FLD_",
      "\x5b\x13"
      "BUFR" +
          zero +
          "\x0a\x04"
          "FLD_",
      "\x5b\x13"
      "BUFR\x74\x0a\x40PUSH" +
          zero +
          "\x0a\x04"
          "FLD_",
      Block("\x10", "\\" + zero),  // Scope (\)
      Block("\x5b\x85", "THRM"),
      Block("\x5b\x84", "POWR\1\2\3"),
  };
  for (const std::string& declaration : declarations)
    EXPECT_THAT(AmlMethods(Table("SSDT", declaration + Method("MINE", "\x01"))),
                ElementsAre(testing::Field(&AmlMethod::name, "MINE")))
        << testing::PrintToString(declaration);
}

TEST(AmlMethods, WhatIsNotKnownEndsItsScopeOnly) {
  // If (...) at the top of a device.
  const std::string table = Table(
      "SSDT",
      Device("DEV0", Method("AAAA", "") + "\xa0\x02\x01" + Method("BBBB", "")) +
          Method("CCCC", ""));
  EXPECT_THAT(AmlMethods(table),
              ElementsAre(testing::Field(&AmlMethod::name, "DEV0.AAAA"),
                          testing::Field(&AmlMethod::name, "CCCC")));
}

TEST(AmlMethods, OfAnyBytesLieInThem) {
  EXPECT_THAT(AmlMethods(""), IsEmpty());
  EXPECT_THAT(AmlMethods(std::string(36, '\0')), IsEmpty());
  const std::string whole =
      Table("SSDT",
            Device("\\\x2e_SB_NVDR", NameOp("PBAS") + Method("_DSM", "\x01")) +
                Method("LAST", "\x01"));
  uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (int change = 0; change < 1 + i % 4; ++change) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[36 + (state >> 33) % (bytes.size() - 36)] =
          static_cast<char>(state >> 24);
    }
    if (i % 3 == 0) bytes.resize(36 + (state >> 40) % (bytes.size() - 36));
    for (const AmlMethod& method : AmlMethods(bytes)) {
      ASSERT_LE(method.begin, method.end);
      ASSERT_LE(method.end, bytes.size());
    }
  }
  // Scopes in scopes, to any depth.
  std::string nest;
  for (int i = 0; i < 200; ++i) nest = Block("\x10", "SCOP" + nest);
  EXPECT_THAT(AmlMethods(Table("SSDT", nest)), IsEmpty());
}

}  // namespace
}  // namespace daxmend
