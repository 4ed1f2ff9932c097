// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/printable.h"
#include "core/text.h"

namespace daxmend {
namespace {

using Row = std::vector<std::string>;

// Whether the listing is of devices that list their poison themselves, in units
// of their own.
bool OfDevices(const PoisonListing& listing) {
  return std::any_of(listing.poison.begin(), listing.poison.end(),
                     [](const ListedPoison& poison) {
                       return poison.listed_by != "kernel" ||
                              poison.unit_bytes != kSectorBytes;
                     });
}

Row RowOf(const ListedPoison& poison, bool devices) {
  Row row = {poison.disk, std::to_string(poison.sectors.begin),
             std::to_string(poison.sectors.length())};
  if (devices) row.push_back(std::to_string(poison.unit_bytes));
  row.push_back(poison.spa ? Hexadecimal(poison.spa->begin) : "-");
  row.push_back(poison.file ? std::to_string(poison.file->begin) : "-");
  if (devices) {
    std::string by = poison.listed_by;
    for (const std::string& more : {poison.source, poison.flags})
      if (!more.empty()) by += ", " + more;
    row.push_back(by);
  }
  row.push_back(Describe(poison.owner));
  for (const Sharer& sharer : poison.sharers) {
    row.back() += ", shared with " + Describe(sharer.owner);
    if (sharer.file &&
        sharer.file->begin != poison.file.value_or(FileRange{}).begin)
      row.back() += fmt::format(" at offset {}", sharer.file->begin);
  }
  return row;
}

// The first column to the left, the last as it is, numbers to the right.
std::string Line(const Row& row, const std::vector<size_t>& widths) {
  std::string line = row[0] + std::string(widths[0] - row[0].size(), ' ');
  for (size_t i = 1; i + 1 < row.size(); ++i)
    line += " " + std::string(widths[i] - row[i].size(), ' ') + row[i];
  return line + "  " + row.back() + "\n";
}

// "64 bad sectors", "8 bad units of 64 bytes", both where there are both.
std::string Counted(const PoisonListing& listing) {
  std::map<uint64_t, uint64_t> units;
  for (const ListedPoison& poison : listing.poison)
    units[poison.unit_bytes] += poison.sectors.length();
  std::string text;
  for (const auto& [bytes, count] : units) {
    if (!text.empty()) text += " and ";
    text += bytes == kSectorBytes
                ? fmt::format("{} bad sectors", count)
                : fmt::format("{} bad units of {} bytes", count, bytes);
  }
  return text;
}

nlohmann::ordered_json ToJsonValue(const Sharer& sharer) {
  nlohmann::ordered_json one = {{"owner", NameOf(sharer.owner.kind)}};
  if (!sharer.owner.path.empty()) one["path"] = sharer.owner.path;
  if (sharer.owner.inode) one["inode"] = sharer.owner.inode;
  if (sharer.file) {
    one["file_begin"] = sharer.file->begin;
    one["file_end"] = sharer.file->end;
  }
  return one;
}

nlohmann::ordered_json ToJsonValue(const ListedPoison& poison) {
  nlohmann::ordered_json r = {{"device", poison.disk},
                              {"sector_begin", poison.sectors.begin},
                              {"sector_end", poison.sectors.end}};
  if (poison.unit_bytes != kSectorBytes) r["unit_bytes"] = poison.unit_bytes;
  if (poison.spa) {
    r["spa_begin"] = poison.spa->begin;
    r["spa_end"] = poison.spa->end;
  }
  r["owner"] = NameOf(poison.owner.kind);
  if (!poison.owner.path.empty()) r["path"] = poison.owner.path;
  if (poison.owner.inode) r["inode"] = poison.owner.inode;
  if (poison.owner.links > 1) r["links"] = poison.owner.links;
  if (!poison.owner.detail.empty()) r["use"] = poison.owner.detail;
  if (poison.shared) r["shared"] = true;
  for (const Sharer& sharer : poison.sharers)
    r["sharers"].push_back(ToJsonValue(sharer));
  if (poison.listed_by != "kernel") {
    r["listed_by"] = poison.listed_by;
    if (!poison.source.empty()) r["source"] = poison.source;
    if (!poison.flags.empty()) r["flags"] = poison.flags;
  }
  if (poison.file) {
    r["file_begin"] = poison.file->begin;
    r["file_end"] = poison.file->end;
  }
  return r;
}

}  // namespace

std::string ToText(const PoisonListing& listing) {
  if (listing.poison.empty())
    return listing.unknown.empty()
               ? "no poison is listed\n"
               : "no poison is listed where daxmend could look\n";
  const bool devices = OfDevices(listing);
  std::vector<Row> rows = {
      devices ? Row{"DEVICE", "UNIT", "UNITS", "BYTES", "SPA", "OFFSET",
                    "LISTED BY", "OWNER"}
              : Row{"DEVICE", "SECTOR", "SECTORS", "SPA", "OFFSET", "OWNER"}};
  for (const ListedPoison& poison : listing.poison)
    rows.push_back(RowOf(poison, devices));
  std::vector<size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) text += Line(row, widths);
  return fmt::format("{}{} in {} ranges\n", text, Counted(listing),
                     listing.poison.size());
}

std::string ToJson(const PoisonListing& listing) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const ListedPoison& poison : listing.poison)
    ranges.push_back(ToJsonValue(poison));
  return nlohmann::ordered_json{{"schema", 1},
                                {"cut", listing.cut},
                                {"unknown", listing.unknown},
                                {"poison", std::move(ranges)}}
             .dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string ToText(const PoisonEvent& event, const std::string& time) {
  std::string text =
      time + " " + event.disk + " " + std::string(NameOf(event.kind));
  if (event.kind == PoisonEvent::Kind::kReported) {
    text += fmt::format(" {}, {}", event.report.event, event.report.place);
    if (!event.report.log.empty()) text += ", log " + event.report.log;
    if (!event.report.transaction.empty())
      text += ", transaction " + event.report.transaction;
  }
  if (!event.sectors.empty())
    text += fmt::format("{} {} {}, {} {}s",
                        event.kind == PoisonEvent::Kind::kReported ? "," : "",
                        UnitName(event.unit_bytes), event.sectors.begin,
                        event.sectors.length(), UnitName(event.unit_bytes));
  if (event.spa) text += ", SPA " + Hexadecimal(event.spa->begin);
  for (const SectorOwner& owner : event.owners) {
    text += ", " + Describe(owner.owner);
    if (owner.file) text += fmt::format(" at offset {}", owner.file->begin);
    for (const Sharer& sharer : owner.sharers)
      text += ", shared with " + Describe(sharer.owner);
  }
  return Printable(text) + "\n";
}

std::string ToJson(const PoisonEvent& event, const std::string& time) {
  nlohmann::ordered_json line = {
      {"time", time}, {"event", NameOf(event.kind)}, {"device", event.disk}};
  if (event.kind == PoisonEvent::Kind::kReported) {
    line["report"] = event.report.event;
    line["place"] = event.report.place;
    if (!event.report.log.empty()) line["log"] = event.report.log;
    if (!event.report.transaction.empty())
      line["transaction"] = event.report.transaction;
  }
  if (!event.sectors.empty()) {
    line["sector_begin"] = event.sectors.begin;
    line["sector_end"] = event.sectors.end;
    if (event.unit_bytes != kSectorBytes) line["unit_bytes"] = event.unit_bytes;
  }
  if (event.spa) {
    line["spa_begin"] = event.spa->begin;
    line["spa_end"] = event.spa->end;
  }
  for (const SectorOwner& owner : event.owners) {
    nlohmann::ordered_json one = {{"owner", NameOf(owner.owner.kind)}};
    if (!owner.owner.path.empty()) one["path"] = owner.owner.path;
    if (owner.file) one["file_begin"] = owner.file->begin;
    for (const Sharer& sharer : owner.sharers)
      one["sharers"].push_back(ToJsonValue(sharer));
    line["owners"].push_back(std::move(one));
  }
  return line.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace daxmend
