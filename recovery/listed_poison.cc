// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/listed_poison.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace daxmend {

const ListedPoison::Known& ListedPoison::Now(const BlockDevice& device,
                                             MediaFiles& files) {
  if (own_)
    ReadOwn(device);
  else
    ReadKernels(device, files);
  return known_;
}

void ListedPoison::ReadOwn(const BlockDevice& device) {
  std::vector<DeviceRange> disk;
  if (!own_->Update(&generation_, &disk)) return;
  known_.bad.clear();
  const uint64_t start = device.start_sector * kSectorBytes;
  const DeviceRange part =
      DeviceRange::OfLength(start, device.sectors * kSectorBytes);
  EachIn(part, disk, [&](DeviceRange bad) {
    known_.bad.push_back({bad.begin - start, bad.end - start});
  });
}

void ListedPoison::ReadKernels(const BlockDevice& device, MediaFiles& files) {
  char text[kPageBytes];  // sysfs gives no more
  const int list = files.List();
  ssize_t n = list;
  if (list >= 0 && (n = pread(list, text, sizeof text, 0)) < 0) n = -errno;
  if (n < 0)
    throw ErrnoError("read " + device.badblocks_path(), static_cast<int>(-n));
  const std::string_view now(text, static_cast<size_t>(n));
  if (now == text_) return;
  // Until all of it is there, it is no list's.
  text_.clear();
  BadblocksView disk = ParseBadblocksView(now);
  known_.unseen = {UINT64_MAX, UINT64_MAX};
  if (disk.cut) {
    // The list is sorted, so what is not shown lies behind what is.
    const uint64_t shown = disk.sectors.empty() ? 0 : disk.sectors.back().end;
    const uint64_t start = device.start_sector;
    known_.unseen.begin = (shown > start ? shown - start : 0) * kSectorBytes;
  }
  known_.bad.clear();
  for (SectorRange bad : OnDevice(device, std::move(disk.sectors)))
    known_.bad.push_back(ToBytes(bad));
  text_ = now;
}

}  // namespace daxmend
