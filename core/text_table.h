// SPDX-License-Identifier: GPL-2.0-only
//
// A table of figures for a terminal or a file: columns as wide as what is in
// them, and no line wider than it may be. Where the figures do not fit beside
// each other a row goes on in further lines, under headings that do the same:
// no figure is left out or cut short.
//
//   TextTable table({"", "count", "min"});
//   table.AddRow({"fast", "8,192", "2,478"});
//   out += table.Text(80);
//
// An object is for one thread.

#ifndef DAXMEND_CORE_TEXT_TABLE_H_
#define DAXMEND_CORE_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace daxmend {

class TextTable {
 public:
  // Of the columns the first `names` are set to the left, all others to the
  // right.
  explicit TextTable(std::vector<std::string> headings, size_t names = 1);

  // As many cells as there are headings, without control characters.
  void AddRow(std::vector<std::string> cells);
  // Between rows, across all columns, as it is; ends in a newline.
  void AddText(std::string text);
  // A line of dashes as wide as the table.
  void AddRule();

  // No line is wider than `columns`, as far as names, texts and single figures
  // allow.
  std::string Text(size_t columns) const;

 private:
  enum class Kind { kRow, kText, kRule };
  struct Entry {
    Kind kind;
    std::vector<std::string> cells;  // of a row; a text is the only one
  };
  struct Layout {
    std::vector<size_t> widths;  // of the names, then of each place in a line
    size_t gap;                  // before each but the first
    size_t figures;              // in a line

    size_t Width() const;
  };

  Layout LayoutFor(size_t columns) const;
  Layout Folded(const std::vector<size_t>& widths, size_t figures,
                size_t gap) const;
  std::string RowText(const Layout& layout,
                      const std::vector<std::string>& cells) const;

  const size_t names_;
  const size_t figures_;
  std::vector<Entry> entries_;  // the first are the headings
};

}  // namespace daxmend

#endif  // DAXMEND_CORE_TEXT_TABLE_H_
