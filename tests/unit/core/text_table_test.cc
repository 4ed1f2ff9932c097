// SPDX-License-Identifier: GPL-2.0-only

#include "core/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/widest_line.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

TextTable Sample() {
  TextTable table({"path", "count", "min", "p50", "max"});
  table.AddRule();
  table.AddText("a job: read\n");
  table.AddRow({"fast", "8,192", "2,478", "2,480", "8,261"});
  table.AddRow({"recovery", "64", "797,868", "872,448", "993,612"});
  return table;
}

TEST(TextTable, ColumnsAreAsWideAsWhatIsInThem) {
  EXPECT_EQ(Sample().Text(80),
            "path      count      min      p50      max\n"
            "------------------------------------------\n"
            "a job: read\n"
            "fast      8,192    2,478    2,480    8,261\n"
            "recovery     64  797,868  872,448  993,612\n");
}

TEST(TextTable, StandCloserWhereTheyDoNotFitOtherwise) {
  EXPECT_THAT(Sample().Text(41),
              HasSubstr("recovery    64 797,868 872,448 993,612\n"));
}

TEST(TextTable, GoesOnInFurtherLinesWhereTheyDoNotFitAtAll) {
  EXPECT_EQ(Sample().Text(30),
            "path        count      min\n"
            "              p50      max\n"
            "--------------------------\n"
            "a job: read\n"
            "fast        8,192    2,478\n"
            "            2,480    8,261\n"
            "recovery       64  797,868\n"
            "          872,448  993,612\n");
}

TEST(TextTable, LosesNoFigureHoweverNarrowItIs) {
  for (size_t columns = 0; columns < 60; ++columns) {
    const std::string text = Sample().Text(columns);
    for (const char* figure : {"8,192", "2,478", "2,480", "8,261", "64",
                               "797,868", "872,448", "993,612", "count", "max"})
      EXPECT_THAT(text, HasSubstr(figure)) << columns;
    // A name, a space and a figure is the least there is.
    EXPECT_LE(Widest(text), std::max<size_t>(columns, 16)) << columns;
  }
}

TEST(TextTable, NamesAreToTheLeftAndCountedInCharacters) {
  TextTable table({"job", "path", "p50"}, 2);
  table.AddRow({"l\xc3\xa4uft", "fast", "1"});
  table.AddRow({"x", "recovery", "20"});
  EXPECT_EQ(table.Text(80),
            "job    path      p50\n"
            "l\xc3\xa4uft  fast        1\n"
            "x      recovery   20\n");
}

TEST(TextTable, MayHaveNoFigures) {
  TextTable table({"a"});
  table.AddRow({"b"});
  EXPECT_EQ(table.Text(80), "a\nb\n");
}

}  // namespace
}  // namespace daxmend
