// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/memdev_list.h"

#include <map>

#include "core/text.h"

namespace daxmend {
namespace {

// As in poison_feed.cc.
constexpr uint64_t kKernelsMost = 1024;

}  // namespace

CxlMemdevListing ListCxlMemdev(const std::string& memdev, CxlTrace& trace) {
  CxlMemdevListing listing;
  std::map<uint64_t, CxlTraceLine> records;  // by DPA
  trace.Take();                              // what was before
  for (;;) {
    const size_t known = records.size();
    uint64_t listed = 0;
    trace.TriggerList(memdev);
    for (CxlTraceLine& line : trace.Take()) {
      if (line.kind == CxlTraceLine::Kind::kLost) listing.cut = true;
      if (line.kind != CxlTraceLine::Kind::kListed || line.memdev != memdev)
        continue;
      ++listed;
      records.insert_or_assign(line.dpa.begin, std::move(line));
    }
    if (listed < kKernelsMost) break;
    if (records.size() == known) {
      listing.cut = true;
      break;
    }
  }
  for (auto& [dpa, line] : records) {
    CxlPoison poison = {.source = LowerCase(line.source), .flags = line.flags};
    if (!listing.poison.empty()) {
      CxlListed& last = listing.poison.back();
      const bool touches = last.dpa.end == line.dpa.begin &&
                           last.region == line.region &&
                           last.poison == poison && !last.hpa && !line.hpa;
      if (touches) {
        last.dpa.end = line.dpa.end;
        continue;
      }
    }
    listing.poison.push_back({.dpa = line.dpa,
                              .poison = std::move(poison),
                              .region = line.region,
                              .hpa = line.hpa});
  }
  return listing;
}

}  // namespace daxmend
