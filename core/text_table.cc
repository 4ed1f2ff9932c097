// SPDX-License-Identifier: GPL-2.0-only

#include "core/text_table.h"

#include <algorithm>
#include <utility>

namespace daxmend {
namespace {

constexpr size_t kGap = 2;

// Characters, not bytes: all bytes but the second and later ones of UTF-8.
size_t WidthOf(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string Spaces(size_t width, const std::string& text) {
  const size_t has = WidthOf(text);
  return std::string(width > has ? width - has : 0, ' ');
}

}  // namespace

TextTable::TextTable(std::vector<std::string> headings, size_t names)
    : names_(names), figures_(headings.size() - names) {
  AddRow(std::move(headings));
}

void TextTable::AddRow(std::vector<std::string> cells) {
  entries_.push_back({Kind::kRow, std::move(cells)});
}

void TextTable::AddText(std::string text) {
  entries_.push_back({Kind::kText, {std::move(text)}});
}

void TextTable::AddRule() { entries_.push_back({Kind::kRule, {}}); }

size_t TextTable::Layout::Width() const {
  size_t width = gap * (widths.size() - 1);
  for (size_t one : widths) width += one;
  return width;
}

// With `figures` in a line: figures that stand below each other are as wide as
// the widest of them.
TextTable::Layout TextTable::Folded(const std::vector<size_t>& widths,
                                    size_t figures, size_t gap) const {
  Layout layout{{widths.begin(), widths.begin() + static_cast<long>(names_)},
                gap,
                figures};
  layout.widths.resize(names_ + figures);
  for (size_t i = 0; i < figures_; ++i) {
    size_t& place = layout.widths[names_ + i % figures];
    place = std::max(place, widths[names_ + i]);
  }
  return layout;
}

TextTable::Layout TextTable::LayoutFor(size_t columns) const {
  std::vector<size_t> widths(names_ + figures_);
  for (const Entry& entry : entries_) {
    if (entry.kind != Kind::kRow) continue;
    for (size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], WidthOf(entry.cells[i]));
  }
  for (size_t lines = 1;; ++lines) {
    const size_t figures = (figures_ + lines - 1) / lines;
    for (size_t gap = kGap; gap > 0; --gap) {
      Layout layout = Folded(widths, figures, gap);
      if (layout.Width() <= columns || (figures <= 1 && gap == 1))
        return layout;
    }
  }
}

std::string TextTable::RowText(const Layout& layout,
                               const std::vector<std::string>& cells) const {
  const std::string gap(layout.gap, ' ');
  std::string out;
  for (size_t at = 0; at < std::max<size_t>(figures_, 1);
       at += std::max<size_t>(layout.figures, 1)) {
    std::string line;
    for (size_t i = 0; i < names_; ++i) {
      const std::string name = at == 0 ? cells[i] : "";
      line += (i ? gap : "") + name + Spaces(layout.widths[i], name);
    }
    for (size_t i = 0; i < layout.figures && at + i < figures_; ++i) {
      const std::string& cell = cells[names_ + at + i];
      line += gap + Spaces(layout.widths[names_ + i], cell) + cell;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string TextTable::Text(size_t columns) const {
  const Layout layout = LayoutFor(columns);
  std::string out;
  for (const Entry& entry : entries_) {
    switch (entry.kind) {
      case Kind::kRow:
        out += RowText(layout, entry.cells);
        break;
      case Kind::kText:
        out += entry.cells.front();
        break;
      case Kind::kRule:
        out += std::string(layout.Width(), '-') + "\n";
        break;
    }
  }
  return out;
}

}  // namespace daxmend
