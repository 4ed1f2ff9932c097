// SPDX-License-Identifier: GPL-2.0-only

#include "system/block_device.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"
#include "system/layers/block_map.h"
#include "system/layers/dm_table.h"

namespace daxmend {
namespace {

uint64_t ReadNumber(const std::string& path) {
  const std::string text = ReadFile(path);
  uint64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc())
    throw Error(
        {.thing = path,
         .cause = fmt::format("does not hold a number (\"{}\")", text)});
  return value;
}

}  // namespace

namespace {

// /sys/dev/block/259:0 -> ../../devices/.../block/pmem0[/pmem0p1]
std::filesystem::path SysOf(dev_t dev) {
  const std::string number = fmt::format("{}:{}", major(dev), minor(dev));
  std::error_code missing;
  const std::filesystem::path sys =
      std::filesystem::canonical("/sys/dev/block/" + number, missing);
  if (missing)
    throw Error({.thing = "device " + number,
                 .cause = "is not a block device, so its files are not on "
                          "persistent memory",
                 .way_out = "name a file or a disk on /dev/pmemN"});
  return sys;
}

// Of a device-mapper device, where it is one piece of a disk. None where nobody
// may look at its table, either.
std::optional<BlockMap::Place> PlaceOf(dev_t mapper) try {
  return BlockMap::Of(mapper).InOnePiece();
} catch (const Error&) {
  return std::nullopt;
}

}  // namespace

std::string NameOfBlockDevice(dev_t dev) { return SysOf(dev).filename(); }

BlockDevice FindBlockDevice(dev_t dev) {
  const std::filesystem::path sys = SysOf(dev);
  BlockDevice device;
  device.name = sys.filename();
  device.number = dev;
  device.sectors = ReadNumber(sys / "size");
  device.disk = device.name;
  if (std::filesystem::exists(sys / "partition")) {
    device.disk = sys.parent_path().filename();
    device.start_sector = ReadNumber(sys / "start");
  } else if (IsMapper(dev)) {
    if (const auto place = PlaceOf(dev)) {
      device.disk = place->disk;
      device.start_sector = place->begin / kSectorBytes;
    }
  }
  return device;
}

BlockDevice FindBlockDevice(const std::string& node) {
  struct stat st;
  if (stat(node.c_str(), &st) != 0) throw ErrnoError("stat " + node, errno);
  if (!S_ISBLK(st.st_mode))
    throw Error({.thing = node,
                 .cause = "is not a block device",
                 .way_out = "name a disk, such as /dev/pmem0"});
  return FindBlockDevice(st.st_rdev);
}

bool IsStillThere(const BlockDevice& device) {
  if (device.disk == device.name || !IsMapper(device.number)) return true;
  const BlockDevice now = FindBlockDevice(device.number);
  return now.disk == device.disk && now.start_sector == device.start_sector &&
         now.sectors >= device.sectors;
}

namespace {

[[noreturn]] void RefuseList(std::string_view text) {
  throw Error({.thing = "the list of bad sectors",
               .cause = fmt::format("is malformed (\"{}\")", text)});
}

}  // namespace

std::vector<SectorRange> ParseBadblocks(std::string_view text) {
  // What does not fit into a page is left out, even the rest of a line.
  if (text.size() >= kPageBytes - 1 && !text.ends_with('\n'))
    text = text.substr(0, text.rfind('\n') + 1);
  if (text == "\n") return {};
  std::vector<SectorRange> bad;
  bad.reserve(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
  const char* at = text.data();
  const char* const end = at + text.size();
  auto number = [&](char after) {
    // By hand: std::from_chars takes twice as long, and this is done in the
    // middle of every recovery.
    const char* const begin = at;
    uint64_t value = 0;
    while (at != end && *at >= '0' && *at <= '9' && at - begin < 19)
      value = value * 10 + static_cast<uint64_t>(*at++ - '0');
    if (at == begin || at == end || *at != after) RefuseList(text);
    ++at;
    return value;
  };
  while (at != end) {
    uint64_t first = number(' ');
    uint64_t length = number('\n');
    if (length > UINT64_MAX - first) RefuseList(text);
    bad.push_back(SectorRange::OfLength(first, length));
  }
  return Normalize(std::move(bad));
}

BadblocksView ParseBadblocksView(std::string_view text) {
  return {.sectors = ParseBadblocks(text),
          .cut = text.size() >= kPageBytes - 1,
          .kept = text != "\n"};
}

BadblocksView ViewBadblocks(const BlockDevice& device) {
  const std::string path = device.badblocks_path();
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT)
    return {.sectors = {}, .cut = false, .kept = false};
  BadblocksView view = ParseBadblocksView(ReadFile(path));
  view.sectors = OnDevice(device, view.sectors);
  return view;
}

std::vector<SectorRange> ReadBadblocks(const BlockDevice& device) {
  return ViewBadblocks(device).sectors;
}

bool KeepsBadblocks(const BlockDevice& device) {
  return ViewBadblocks(device).kept;
}

std::vector<SectorRange> OnDevice(const BlockDevice& device,
                                  std::vector<SectorRange> disk) {
  const SectorRange partition =
      SectorRange::OfLength(device.start_sector, device.sectors);
  std::vector<SectorRange> bad = std::move(disk);
  // Mostly the device is the disk, and all of it stays.
  if (!bad.empty() && !partition.Contains({bad.front().begin, bad.back().end}))
    bad = IntersectAll(partition, bad);
  if (device.start_sector == 0) return bad;
  for (SectorRange& r : bad) {
    r.begin -= device.start_sector;
    r.end -= device.start_sector;
  }
  return bad;
}

void AddBadblocks(const std::string& list, SectorRange sectors) {
  const FileDescriptor fd = FileDescriptor::Open(list, O_WRONLY);
  const std::string entry =
      fmt::format("{} {}\n", sectors.begin, sectors.length());
  if (write(fd.get(), entry.data(), entry.size()) ==
      static_cast<ssize_t>(entry.size()))
    return;
  if (errno == ENOSPC)
    throw Error(
        {.thing = list,
         .cause = "is full (the kernel keeps 512 entries)",
         .way_out = "inject fewer ranges, or clear some ('daxmend list' "
                    "shows them)"},
        ENOSPC);
  throw ErrnoError(fmt::format("add sector {} to {}", sectors.begin, list),
                   errno);
}

}  // namespace daxmend
