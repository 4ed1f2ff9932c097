// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/region_device.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "core/text.h"
#include "device/cxl/memdev_poison.h"
#include "device/cxl/region_media.h"

namespace daxmend {
namespace {

CxlPart PartOf(const std::string& region, const std::string& disk,
               SpaRange media, const CxlAddressMap& map) {
  if (!map.hpa.Contains(media))
    throw Error({.thing = "/dev/" + disk,
                 .cause = fmt::format("is at {}, outside of its CXL region",
                                      Hexadecimal(media.begin)),
                 .way_out = "see 'cxl list -R' and 'ndctl list -N'"});
  return {.region = region,
          .disk = disk,
          .begin = media.begin - map.hpa.begin,
          .length = media.length()};
}

// By debugfs, line by line.
class CxlInjector : public Injector {
 public:
  CxlInjector(CxlPart part, const CxlAddressMap& map)
      : part_(std::move(part)), feed_(CxlFeedOf(part_.region, map)) {}

  std::string_view name() const override { return "cxl"; }

  void Inject(UnitRange lines, bool) override {
    for (uint64_t line = lines.begin; line < lines.end; ++line) {
      const CxlPlace place =
          feed_->map().ToDpa(part_.begin + line * kLineBytes);
      const std::string& memdev = feed_->map().targets[place.target].memdev;
      const int error = InjectCxlLine(memdev, place.dpa);
      if (error == 0) continue;
      const std::string here =
          fmt::format("inject line {} of /dev/{} (DPA {} of {})", line,
                      part_.disk, Hexadecimal(place.dpa), memdev);
      throw ErrnoError(here, -error,
                       error == -EPERM ? "boot without lockdown="
                       : error == -EBUSY || error == -ENXIO
                           ? "its list is probably full: inject fewer, or "
                             "clear some ('daxmend list' shows them)"
                           : WhyNoCxlInjection(memdev));
    }
  }
  // There is no way to take it back but clearing, which leaves zeros: undo
  // does that where it writes the bytes that were there.
  void Uninject(UnitRange) override {}
  std::vector<UnitRange> Injected() override {
    feed_->AskAgain();
    std::vector<UnitRange> ours;
    const uint64_t first = part_.begin / kLineBytes;
    for (const auto& [line, poison] : feed_->Now())
      if (line >= first && line < first + part_.length / kLineBytes)
        ours.push_back(UnitRange::OfLength(line - first, 1));
    return Normalize(std::move(ours));
  }
  // Its list needs none.
  void StartScrub() override {}
  void WaitForScrub() override {}

 private:
  const CxlPart part_;
  const std::shared_ptr<CxlPoisonFeed> feed_;
};

}  // namespace

CxlRegionDevice::CxlRegionDevice(std::unique_ptr<NvdimmNamespace> space,
                                 std::string region, CxlAddressMap map)
    : space_(std::move(space)),
      region_(std::move(region)),
      map_(std::move(map)) {
  for (const CxlTarget& target : map_.targets)
    if (why_not_.empty()) why_not_ = WhyNoCxlInjection(target.memdev);
}

std::unique_ptr<CxlRegionDevice> CxlRegionDevice::Of(
    std::unique_ptr<NvdimmNamespace> space) {
  if (!space || space->provider() != kCxlProvider) return nullptr;
  // A region has one number on both buses (cxl_pmem_region_probe,
  // drivers/cxl/pmem.c, Linux 6.12).
  const std::string region = space->region();
  CxlAddressMap map = ReadCxlRegion(region);
  return std::unique_ptr<CxlRegionDevice>(
      new CxlRegionDevice(std::move(space), region, std::move(map)));
}

std::string CxlRegionDevice::label() const {
  std::vector<std::string> memdevs;
  for (const CxlTarget& target : map_.targets)
    memdevs.push_back(fmt::format("{} (serial {})", target.memdev,
                                  Hexadecimal(target.serial)));
  return fmt::format("{}, CXL {} over {}", space_->label(), region_,
                     Joined(memdevs));
}

std::string CxlRegionDevice::WhyOwnInjector() const {
  if (!why_not_.empty()) return why_not_;
  std::vector<std::string> memdevs;
  for (const CxlTarget& target : map_.targets) memdevs.push_back(target.memdev);
  return Joined(memdevs) + " can inject poison (mailbox command 4301h)";
}

std::unique_ptr<Injector> CxlRegionDevice::OwnInjector(bool) const {
  return std::make_unique<CxlInjector>(PartOf(region_, disk(), media(), map_),
                                       map_);
}

std::unique_ptr<DeviceMedia> CxlRegionDevice::OpenMedia(bool exclusive) const {
  return std::make_unique<CxlRegionMedia>(
      PartOf(region_, disk(), media(), map_), map_, CxlPlaces{}, exclusive);
}

std::unique_ptr<DeviceList> CxlRegionDevice::OpenList() const {
  return std::make_unique<CxlRegionList>(PartOf(region_, disk(), media(), map_),
                                         map_, CxlPlaces{});
}

int64_t CxlRegionDevice::ClearErrors(SpaRange bad, std::string* why) {
  const SpaRange whole = AlignOut(bad, kLineBytes);
  for (uint64_t at = whole.begin; at < whole.end; at += kLineBytes) {
    const CxlPlace place = map_.ToDpa(at - map_.hpa.begin);
    const std::string& memdev = map_.targets[place.target].memdev;
    const int error = ClearCxlLine(memdev, place.dpa);
    if (error == 0) continue;
    *why = fmt::format("{} refuses to clear DPA {}{}", memdev,
                       Hexadecimal(place.dpa),
                       why_not_.empty() ? "" : " (" + why_not_ + ")");
    const SpaRange done = Intersect(bad, {whole.begin, at});
    return done.empty() ? error : static_cast<int64_t>(done.length());
  }
  return static_cast<int64_t>(bad.length());
}

const DeviceKind& CxlKind() {
  class Kind : public DeviceKind {
   public:
    std::unique_ptr<PoisonDevice> OfDisk(
        const std::string& disk) const override {
      return CxlRegionDevice::Of(NvdimmNamespace::OfDisk(disk));
    }
    std::unique_ptr<PoisonDevice> OfUuid(
        const std::string& uuid) const override {
      return CxlRegionDevice::Of(NvdimmNamespace::OfUuid(uuid));
    }
    std::unique_ptr<PoisonDevice> OfNode(
        const std::string& path) const override {
      return CxlRegionDevice::Of(NvdimmNamespace::OfNode(path));
    }
    std::vector<std::string> Disks() const override {
      return NvdimmNamespace::Disks(/*cxl=*/true);
    }
  };
  static const Kind kind;
  return kind;
}

}  // namespace daxmend
