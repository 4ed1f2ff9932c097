// SPDX-License-Identifier: GPL-2.0-only

#include "inject/cxl_listing.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/text.h"
#include "core/text_table.h"
#include "device/cxl/region_facts.h"

namespace daxmend {
namespace {

constexpr size_t kColumns = 100;

}  // namespace

CxlListing ListCxl(const std::string& target) {
  CxlListing listing;
  std::set<std::string> memdevs;
  const bool region = target.starts_with("region");
  if (region)
    for (const CxlTarget& part : ReadCxlRegion(target).targets)
      memdevs.insert(part.memdev);
  else
    memdevs.insert(target);
  const auto trace = OpenCxlTrace();
  for (const std::string& memdev : memdevs) {
    const uint64_t serial = ReadCxlMemdev(memdev).serial;
    CxlMemdevListing one = ListCxlMemdev(memdev, *trace);
    listing.cut = listing.cut || one.cut;
    for (CxlListed& listed : one.poison)
      if (!region || listed.region == target)
        listing.rows.push_back({memdev, serial, std::move(listed)});
  }
  return listing;
}

std::string ToText(const CxlListing& listing) {
  if (listing.rows.empty()) return "no poison is listed\n";
  TextTable table({"DEVICE", "REGION", "SOURCE", "DPA", "BYTES", "SPA"}, 3);
  uint64_t bytes = 0;
  for (const CxlListing::Row& row : listing.rows) {
    const CxlListed& listed = row.listed;
    bytes += listed.dpa.length();
    std::string source = listed.poison.source;
    if (!listed.poison.flags.empty()) source += ", " + listed.poison.flags;
    table.AddRow({row.memdev, listed.region.empty() ? "-" : listed.region,
                  source, Hexadecimal(listed.dpa.begin),
                  std::to_string(listed.dpa.length()),
                  listed.hpa ? Hexadecimal(*listed.hpa) : "-"});
  }
  return table.Text(kColumns) +
         fmt::format("{} bad lines of {} bytes in {} ranges\n",
                     bytes / kLineBytes, kLineBytes, listing.rows.size());
}

std::string ToJson(const CxlListing& listing) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const CxlListing::Row& row : listing.rows) {
    nlohmann::ordered_json one = {{"memdev", row.memdev},
                                  {"serial", row.serial},
                                  {"dpa_begin", row.listed.dpa.begin},
                                  {"dpa_end", row.listed.dpa.end},
                                  {"source", row.listed.poison.source}};
    if (!row.listed.poison.flags.empty())
      one["flags"] = row.listed.poison.flags;
    if (!row.listed.region.empty()) one["region"] = row.listed.region;
    if (row.listed.hpa) one["spa_begin"] = *row.listed.hpa;
    rows.push_back(std::move(one));
  }
  return nlohmann::ordered_json{
             {"schema", 1}, {"cut", listing.cut}, {"poison", std::move(rows)}}
             .dump(1) +
         "\n";
}

}  // namespace daxmend
