// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/space_map.h"

#include <linux/fsmap.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "system/encoded_device.h"

namespace daxmend {
namespace {

constexpr uint32_t kRecordsPerCall = 1024;

SpaceRecord Record(const fsmap& r) {
  SpaceRecord record{.device =
                         DeviceRange::OfLength(r.fmr_physical, r.fmr_length)};
  if (r.fmr_flags & FMR_OF_SPECIAL_OWNER) {
    if (r.fmr_owner == FMR_OWN_FREE)
      record.use = SpaceRecord::Use::kFree;
    else if (r.fmr_owner != FMR_OWN_UNKNOWN)
      record.use = SpaceRecord::Use::kMetadata;
  } else if (r.fmr_flags & (FMR_OF_ATTR_FORK | FMR_OF_EXTENT_MAP)) {
    record.use = SpaceRecord::Use::kMetadata;
  } else {
    record.use = SpaceRecord::Use::kInode;
    record.inode = r.fmr_owner;
    record.file_begin = r.fmr_offset;
  }
  return record;
}

}  // namespace

std::vector<SpaceRecord> ReadSpaceMap(int fd, const std::string& path,
                                      dev_t number,
                                      const std::vector<DeviceRange>& wanted) {
  if (wanted.empty()) return {};
  const auto device = static_cast<uint32_t>(EncodedDevice(number));

  std::vector<char> buffer(fsmap_sizeof(kRecordsPerCall));
  auto* head = reinterpret_cast<fsmap_head*>(buffer.data());
  std::memset(head, 0, sizeof *head);
  head->fmh_count = kRecordsPerCall;
  // From the very beginning: a record that begins before the low key is left
  // out, even where it reaches past it.
  fsmap& high = head->fmh_keys[1];
  high.fmr_device = device;
  high.fmr_flags = UINT32_MAX;
  high.fmr_physical = wanted.back().end - 1;
  high.fmr_owner = high.fmr_offset = UINT64_MAX;
  std::vector<SpaceRecord> records;
  for (;;) {
    if (ioctl(fd, FS_IOC_GETFSMAP, head) != 0) {
      if (errno == ENOTTY || errno == EOPNOTSUPP) return {};
      throw ErrnoError("read the space map of " + path, errno);
    }
    if (head->fmh_entries == 0) return records;
    bool last = false;
    for (uint32_t i = 0; i < head->fmh_entries; ++i) {
      const fsmap& r = head->fmh_recs[i];
      last = last || (r.fmr_flags & FMR_OF_LAST) != 0;
      // xfs has more devices: the log, the real-time section.
      if (r.fmr_device != device) continue;
      const SpaceRecord record = Record(r);
      if (!IntersectAll(record.device, wanted).empty())
        records.push_back(record);
    }
    if (last) return records;
    fsmap_advance(head);
  }
}

}  // namespace daxmend
