// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_text.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>

namespace daxmend {
namespace {

using Row = std::array<std::string, 6>;

Row RowOf(const ListedPoison& poison) {
  char spa[24] = "-";
  if (poison.spa)
    std::snprintf(spa, sizeof spa, "0x%" PRIx64, poison.spa->begin);
  return {poison.disk,
          std::to_string(poison.sectors.begin),
          std::to_string(poison.sectors.length()),
          spa,
          poison.file ? std::to_string(poison.file->begin) : "-",
          Describe(poison.owner)};
}

// The first column to the left, the last as it is, numbers to the right.
std::string Line(const Row& row, const std::array<size_t, 6>& widths) {
  std::string line = row[0] + std::string(widths[0] - row[0].size(), ' ');
  for (size_t i = 1; i + 1 < row.size(); ++i)
    line += " " + std::string(widths[i] - row[i].size(), ' ') + row[i];
  return line + "  " + row.back() + "\n";
}

}  // namespace

std::string ToText(const PoisonListing& listing) {
  if (listing.poison.empty())
    return listing.unknown.empty()
               ? "no poison is listed\n"
               : "no poison is listed where it was looked\n";
  std::vector<Row> rows = {
      {"DEVICE", "SECTOR", "SECTORS", "SPA", "OFFSET", "OWNER"}};
  uint64_t sectors = 0;
  for (const ListedPoison& poison : listing.poison) {
    sectors += poison.sectors.length();
    rows.push_back(RowOf(poison));
  }
  std::array<size_t, 6> widths = {};
  for (const Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) text += Line(row, widths);
  return text + std::to_string(sectors) + " bad sectors in " +
         std::to_string(listing.poison.size()) + " ranges\n";
}

}  // namespace daxmend
