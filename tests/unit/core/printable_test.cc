// SPDX-License-Identifier: GPL-2.0-only

#include "core/printable.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace daxmend {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAsItIs) {
  for (const char* text :
       {"", "/mnt/pmem/a b\\c",
        "Gr\xc3\xbc\xc3\x9f"
        "e",
        "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x92\xbe", "\xc2\xa0"})
    EXPECT_EQ(Printable(text), text);
}

TEST(Printable, WritesOutWhatATerminalWouldActOn) {
  EXPECT_EQ(Printable("a\033[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(Printable("\033]0;title\a"), "\\x1b]0;title\\x07");
  EXPECT_EQ(Printable("one\r\ntwo\tthree\x7f"), "one\\r\\ntwo\\tthree\\x7f");
  EXPECT_EQ(Printable(std::string_view("\0x", 2)), "\\x00x");
}

TEST(Printable, WritesOutControlCharactersThatHideInUtf8) {
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J");  // CSI, U+009B
  EXPECT_EQ(Printable("\xe2\x80\xae"
                      "exe"),
            "\\xe2\\x80\\xae"
            "exe");  // right-to-left override
  EXPECT_EQ(Printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // line separator
}

TEST(Printable, WritesOutBytesThatAreNotUtf8) {
  EXPECT_EQ(Printable("\x9b"
                      "2J"),
            "\\x9b2J");
  EXPECT_EQ(Printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(Printable("\xc3"), "\\xc3");                    // cut short
  EXPECT_EQ(Printable("\xc0\x9b"), "\\xc0\\x9b");           // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(PrintableLines, KeepsNewlinesAndTabsOnly) {
  EXPECT_EQ(PrintableLines("a\tb\nc\r\x1b"), "a\tb\nc\\r\\x1b");
}

TEST(PrintableJson, KeepsTheDocumentAndShowsNoControlCharacter) {
  const std::string name = "a\x7f\u009b\u202e\u00e9\U0001f600";
  const std::string shown = PrintableJson(nlohmann::json(name).dump());
  EXPECT_EQ(shown, "\"a\\u007f\\u009b\\u202e\u00e9\U0001f600\"");
  EXPECT_EQ(nlohmann::json::parse(shown), name);
  EXPECT_EQ(PrintableJson("{\n \"a\": 1\n}\n"), "{\n \"a\": 1\n}\n");
}

TEST(Utf8, DecodesWhatItAccepts) {
  for (auto [bytes, code] : {std::pair<std::string, char32_t>{"a", U'a'},
                             {"\u00e9", U'\u00e9'},
                             {"\u4e2d", U'\u4e2d'},
                             {"\U0001f600", U'\U0001f600'}}) {
    EXPECT_EQ(Utf8SequenceLength(bytes + "x"), bytes.size());
    EXPECT_EQ(Utf8CodePoint(bytes), code);
    EXPECT_TRUE(IsUtf8(bytes + bytes));
  }
  EXPECT_FALSE(IsUtf8("a\xff"));
}

}  // namespace
}  // namespace daxmend
