// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace daxmend {
namespace {

using Row = std::array<std::string, 6>;

Row RowOf(const ListedPoison& poison) {
  return {poison.disk,
          std::to_string(poison.sectors.begin),
          std::to_string(poison.sectors.length()),
          poison.spa ? Hexadecimal(poison.spa->begin) : "-",
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
               : "no poison is listed where daxmend could look\n";
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
  return fmt::format("{}{} bad sectors in {} ranges\n", text, sectors,
                     listing.poison.size());
}

std::string ToText(const PoisonEvent& event, const std::string& time) {
  std::string text =
      time + " " + event.disk + " " + std::string(NameOf(event.kind));
  if (event.kind != PoisonEvent::Kind::kGone) {
    const std::string unit =
        event.unit_bytes == kSectorBytes
            ? "sector"
            : fmt::format("{}-byte unit", event.unit_bytes);
    text += fmt::format(" {} {}, {} {}s", unit, event.sectors.begin,
                        event.sectors.length(), unit);
  }
  if (event.spa) text += ", SPA " + Hexadecimal(event.spa->begin);
  return text + "\n";
}

std::string ToJson(const PoisonEvent& event, const std::string& time) {
  nlohmann::ordered_json line = {
      {"time", time}, {"event", NameOf(event.kind)}, {"device", event.disk}};
  if (event.kind != PoisonEvent::Kind::kGone) {
    line["sector_begin"] = event.sectors.begin;
    line["sector_end"] = event.sectors.end;
    if (event.unit_bytes != kSectorBytes) line["unit_bytes"] = event.unit_bytes;
  }
  if (event.spa) {
    line["spa_begin"] = event.spa->begin;
    line["spa_end"] = event.spa->end;
  }
  return line.dump() + "\n";
}

}  // namespace daxmend
