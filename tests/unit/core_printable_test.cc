// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>

#include "core/printable.h"

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

}  // namespace
}  // namespace daxmend
