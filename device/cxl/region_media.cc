// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/region_media.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "device/cxl/memdev_poison.h"
#include "device/cxl/region_device.h"

namespace daxmend {
namespace {

constexpr uint64_t kLinesInSector = kSectorBytes / kLineBytes;

UnitRange SectorsWith(UnitRange lines) {
  return {lines.begin / kLinesInSector,
          (lines.end + kLinesInSector - 1) / kLinesInSector};
}

std::string LinesOf(UnitRange lines, const std::string& disk) {
  return fmt::format("lines {} to {} of /dev/{}", lines.begin, lines.end, disk);
}

}  // namespace

CxlRegionMedia::CxlRegionMedia(CxlPart part, const CxlAddressMap& map,
                               CxlPlaces places, bool exclusive)
    : part_(std::move(part)),
      places_(std::move(places)),
      feed_(CxlFeedOf(part_.region, map, places_)) {
  if (auto node = FindDaxNode(part_.disk))
    dax_.emplace(std::move(*node));
  else
    disk_.emplace(part_.disk, exclusive);
  for (const CxlTarget& target : map.targets)
    emulated_ = emulated_ &&
                IsEmulatedCxl(ReadCxlMemdev(target.memdev, places_).firmware);
}

DeviceUnits CxlRegionMedia::units() const { return kCxlUnits; }

std::string CxlRegionMedia::Read(UnitRange lines) {
  if (dax_)
    return dax_->Read({lines.begin * kLineBytes, lines.end * kLineBytes});
  const UnitRange sectors = SectorsWith(lines);
  return disk_->Read(sectors).substr(
      (lines.begin - sectors.begin * kLinesInSector) * kLineBytes,
      lines.length() * kLineBytes);
}

void CxlRegionMedia::Clear(uint64_t line) {
  const uint64_t offset = part_.begin + line * kLineBytes;
  const CxlPlace place = feed_->map().ToDpa(offset);
  const std::string& memdev = feed_->map().targets[place.target].memdev;
  const int error = ClearCxlLine(memdev, place.dpa, places_);
  if (error != 0)
    throw ErrnoError(
        fmt::format("clear line {} of /dev/{} (DPA {} of {})", line, part_.disk,
                    Hexadecimal(place.dpa), memdev),
        -error,
        error == -EPERM ? "boot without lockdown="
                        : WhyNoCxlInjection(memdev, places_));
}

void CxlRegionMedia::Store(UnitRange lines, std::string_view content) {
  if (dax_)
    return dax_->Write({lines.begin * kLineBytes, lines.end * kLineBytes},
                       content);
  if (store_ &&
      store_->Store(DeviceRange::OfLength(lines.begin * kLineBytes,
                                          lines.length() * kLineBytes),
                    content))
    return;
  const UnitRange sectors = SectorsWith(lines);
  std::string bytes = disk_->Read(sectors);
  content.copy(bytes.data() +
                   (lines.begin - sectors.begin * kLinesInSector) * kLineBytes,
               content.size());
  disk_->Write(sectors, bytes);
}

void CxlRegionMedia::Write(UnitRange lines, std::string_view content) {
  if (content.size() != lines.length() * kLineBytes)
    throw Error(
        {.thing = LinesOf(lines, part_.disk),
         .cause = fmt::format("are not filled by {} bytes", content.size())});
  const CxlPoisonedLines& bad = feed_->Now();
  const uint64_t first = part_.begin / kLineBytes;
  std::vector<uint64_t> cleared;
  for (auto at = bad.lower_bound(first + lines.begin);
       at != bad.end() && at->first < first + lines.end; ++at)
    cleared.push_back(at->first - first);
  // One after the other: what ends this leaves at most one line as zeros.
  for (uint64_t line : cleared) {
    Clear(line);
    Store({line, line + 1},
          content.substr((line - lines.begin) * kLineBytes, kLineBytes));
  }
  if (cleared.size() != lines.length()) Store(lines, content);
}

bool CxlRegionMedia::Readable(UnitRange lines) {
  return IntersectAll(lines, Poison().units).empty();
}

PoisonView CxlRegionMedia::Poison() {
  PoisonView view;
  const uint64_t first = part_.begin / kLineBytes;
  for (const auto& [line, poison] : feed_->Now()) {
    if (line < first || line >= first + part_.length / kLineBytes) continue;
    const UnitRange one = UnitRange::OfLength(line - first, 1);
    view.units.push_back(one);
    auto& origins = view.origins;
    if (!origins.empty() && origins.back().units.end == one.begin &&
        origins.back().source == poison.source &&
        origins.back().flags == poison.flags)
      origins.back().units.end = one.end;
    else
      origins.push_back(
          {.units = one, .source = poison.source, .flags = poison.flags});
  }
  view.units = Normalize(std::move(view.units));
  view.cut = feed_->cut();
  return view;
}

std::vector<DeviceReport> CxlRegionMedia::TakeReports() {
  std::vector<DeviceReport> reports;
  for (const CxlTraceLine& line : feed_->TakeEvents()) {
    const auto target = feed_->map().TargetOn(line.memdev);
    if (!target) continue;
    DeviceReport report = {
        .event = line.event,
        .log = line.log,
        .transaction = line.transaction,
        .place = line.dpa.empty()
                     ? line.memdev
                     : fmt::format("DPA {} of {}", Hexadecimal(line.dpa.begin),
                                   line.memdev)};
    const auto offset = line.dpa.empty()
                            ? std::nullopt
                            : feed_->map().ToOffset({*target, line.dpa.begin});
    if (offset && *offset >= part_.begin &&
        *offset - part_.begin < part_.length)
      report.units =
          UnitRange::OfLength((*offset - part_.begin) / kLineBytes, 1);
    reports.push_back(std::move(report));
  }
  return reports;
}

void CxlRegionMedia::RequireRoom(const std::vector<UnitRange>& lines) {
  // Records of each device, as many as there are now and would come.
  std::map<std::string, uint64_t> records;
  for (const auto& [line, poison] : feed_->Now())
    ++records[feed_->map()
                  .targets[feed_->map().ToDpa(line * kLineBytes).target]
                  .memdev];
  for (UnitRange range : lines)
    for (uint64_t line = range.begin; line < range.end; ++line)
      ++records[feed_->map()
                    .targets[feed_->map()
                                 .ToDpa(part_.begin + line * kLineBytes)
                                 .target]
                    .memdev];
  for (const auto& [memdev, count] : records) {
    const uint64_t most =
        MostCxlRecords(ReadCxlMemdev(memdev, places_).firmware);
    if (count > most)
      throw Error(
          {.thing = memdev,
           .cause = fmt::format("is QEMU's CXL device, which ends the machine "
                                "when it lists more than {} records, and would "
                                "have {}",
                                most, count),
           .way_out = "inject fewer, clear some ('daxmend list' shows them), "
                      "or use 'daxmend vm --cxl-device own'"});
  }
}

std::string DescribeCxlMemory(const CxlAddressMap& map,
                              const CxlPlaces& places) {
  std::set<std::string> firmware;
  for (const CxlTarget& target : map.targets)
    firmware.insert(ReadCxlMemdev(target.memdev, places).firmware);
  return fmt::format(
      "CXL, {}, firmware {}; poison known by the devices' lists of {}-byte "
      "lines",
      map.ways() == 1
          ? "1 way"
          : fmt::format("{} ways of {} bytes", map.ways(), map.granularity),
      Joined({firmware.begin(), firmware.end()}), kLineBytes);
}

const std::vector<DeviceRange>& CxlRegionList::Now() {
  const CxlPoisonedLines& lines = feed_.Now();
  if (read_ && generation_ == feed_.generation()) return bad_;
  bad_.clear();
  const SpaRange part = SpaRange::OfLength(part_.begin, part_.length);
  for (const auto& [line, poison] : lines)
    if (part.Contains(line * kLineBytes))
      bad_.push_back(
          DeviceRange::OfLength(line * kLineBytes - part_.begin, kLineBytes));
  bad_ = Normalize(std::move(bad_));
  generation_ = feed_.generation();
  read_ = true;
  return bad_;
}

}  // namespace daxmend
