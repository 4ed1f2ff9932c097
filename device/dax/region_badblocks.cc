// SPDX-License-Identifier: GPL-2.0-only

#include "device/dax/region_badblocks.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "device/disk_media.h"

namespace daxmend {
namespace {

// badblocks_show() of block/badblocks.c shows a page of text; of one that is
// longer nobody knows whether it is whole (ParseBadblocksView).
constexpr size_t kShownBytes = kPageBytes;
constexpr size_t kWholeBytes = kShownBytes - 2;

size_t TextBytes(const std::vector<SectorRange>& sectors) {
  size_t bytes = 0;
  for (SectorRange range : sectors)
    for (uint64_t at = range.begin; at < range.end;
         at += kBadblocksEntrySectors)
      bytes += fmt::format("{} {}\n", at,
                           std::min(range.end - at, kBadblocksEntrySectors))
                   .size();
  return bytes;
}

}  // namespace

RegionBadblocks::RegionBadblocks(std::string path, SpaRange region,
                                 SpaRange device)
    : path_(std::move(path)),
      device_{(device.begin - region.begin) / kSectorBytes,
              (device.end - region.begin) / kSectorBytes},
      list_(FileDescriptor::Open(path_, O_RDONLY)) {
  if (!region.Contains(device))
    throw Error({.thing = "the device at " + fmt::format("{:#x}", device.begin),
                 .cause = "is outside of the region of " + path_,
                 .way_out = "see 'ndctl list -R -N'"});
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw ErrnoError("make an epoll", errno);
  epoll_event event = {};
  event.events = EPOLLPRI;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, list_.get(), &event) == 0)
    announced_ = std::move(epoll);
  else if (errno != EPERM)
    throw ErrnoError("watch " + path_, errno);
}

std::string RegionBadblocks::Read() {
  std::string text(kShownBytes, '\0');
  ssize_t n;
  do {
    n = pread(list_.get(), text.data(), text.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw ErrnoError("read " + path_, errno);
  text.resize(static_cast<size_t>(n));
  return text;
}

const BadblocksView& RegionBadblocks::Now() {
  std::string text = Read();
  if (read_ && text == text_) return view_;
  const BadblocksView all = ParseBadblocksView(text);
  view_.cut = all.cut;
  view_.sectors.clear();
  for (SectorRange bad : IntersectAll(device_, all.sectors))
    view_.sectors.push_back(
        {bad.begin - device_.begin, bad.end - device_.begin});
  text_ = std::move(text);
  read_ = true;
  return view_;
}

void RegionBadblocks::RequireRoom(const std::vector<SectorRange>& sectors) {
  const BadblocksView all = ParseBadblocksView(Read());
  std::vector<SectorRange> in_region;
  for (SectorRange range : sectors)
    in_region.push_back(
        {range.begin + device_.begin, range.end + device_.begin});
  RequireRoomInBadblocks({.units = all.sectors, .cut = all.cut}, in_region);
  std::vector<SectorRange> together = all.sectors;
  together.insert(together.end(), in_region.begin(), in_region.end());
  together = Normalize(std::move(together));
  if (TextBytes(together) <= kWholeBytes) return;
  throw Error(
      {.thing = path_,
       .cause = fmt::format("shows one page of the region's list, which these "
                            "{} ranges of bad sectors do not fit on, and "
                            "nothing else tells of poison in device-dax",
                            together.size()),
       .way_out = "inject fewer, or clear some ('daxmend list' shows them)"});
}

}  // namespace daxmend
