// SPDX-License-Identifier: GPL-2.0-only

#include "inject/cxl_listing.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/text.h"
#include "core/text_table.h"
#include "device/cxl/region_facts.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr size_t kColumns = 100;

std::string UseOfPage(uint64_t hpa) {
  const FileDescriptor flags(open("/proc/kpageflags", O_RDONLY | O_CLOEXEC));
  uint64_t word = 0;
  if (!flags || pread(flags.get(), &word, sizeof word,
                      static_cast<off_t>(hpa / kPageBytes * sizeof word)) !=
                    static_cast<ssize_t>(sizeof word))
    return "";
  return PageUse(word);
}

}  // namespace

std::string PageUse(uint64_t flags) {
  // include/uapi/linux/kernel-page-flags.h, Linux 6.12.
  enum : unsigned {
    kLru = 5,
    kSlab = 7,
    kBuddy = 10,
    kMapped = 11,
    kAnonymous = 12,
    kHwpoison = 19,
    kNoPage = 20,
    kPageTable = 26
  };
  const auto has = [flags](unsigned bit) { return (flags >> bit & 1) != 0; };
  if (has(kNoPage)) return "";
  const std::string use = has(kBuddy)                 ? "free"
                          : has(kAnonymous)           ? "anonymous"
                          : has(kSlab)                ? "kernel (slab)"
                          : has(kPageTable)           ? "kernel (page table)"
                          : has(kLru) || has(kMapped) ? "file cache"
                                                      : "kernel";
  return has(kHwpoison) ? use + ", hwpoison" : use;
}

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
    const CxlMemdevFacts facts = ReadCxlMemdev(memdev);
    CxlMemdevListing one = ListCxlMemdev(memdev, *trace);
    listing.cut = listing.cut || one.cut;
    for (CxlListed& listed : one.poison)
      if (!region || listed.region == target) {
        // Volatile memory comes first in a device.
        std::string use = listed.hpa && listed.dpa.begin < facts.volatile_bytes
                              ? UseOfPage(*listed.hpa)
                              : "";
        listing.rows.push_back(
            {memdev, facts.serial, std::move(listed), std::move(use)});
      }
  }
  return listing;
}

std::string ToText(const CxlListing& listing) {
  if (listing.rows.empty()) return "no poison is listed\n";
  TextTable table(
      {"DEVICE", "REGION", "SOURCE", "USED FOR", "DPA", "BYTES", "SPA"}, 4);
  uint64_t bytes = 0;
  for (const CxlListing::Row& row : listing.rows) {
    const CxlListed& listed = row.listed;
    bytes += listed.dpa.length();
    std::string source = listed.poison.source;
    if (!listed.poison.flags.empty()) source += ", " + listed.poison.flags;
    table.AddRow({row.memdev, listed.region.empty() ? "-" : listed.region,
                  source, row.use.empty() ? "-" : row.use,
                  Hexadecimal(listed.dpa.begin),
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
    if (!row.use.empty()) one["use"] = row.use;
    if (row.listed.hpa) one["spa_begin"] = *row.listed.hpa;
    rows.push_back(std::move(one));
  }
  return nlohmann::ordered_json{
             {"schema", 1}, {"cut", listing.cut}, {"poison", std::move(rows)}}
             .dump(1) +
         "\n";
}

}  // namespace daxmend
