// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/block_device.h"
#include "core/dax_file.h"
#include "core/error.h"
#include "core/extent_map.h"
#include "core/file_descriptor.h"
#include "inject/nvdimm_namespace.h"
#include "inject/poison_map.h"

namespace daxmend {
namespace {

// Where the disk lies in physical memory. e820 and virtio-pmem disks have
// badblocks and no namespace that libndctl shows, and without privilege sysfs
// hides the addresses: the list is worth having without them.
std::optional<SpaRange> MediaOf(const std::string& disk) {
  try {
    const SpaRange media = NvdimmNamespace::OfDisk(disk)->media();
    if (media.begin != 0 && media.begin != UINT64_MAX) return media;
  } catch (const Error&) {
    return std::nullopt;
  }
  return std::nullopt;
}

ListedPoison Listed(const std::string& disk,
                    const std::optional<SpaRange>& media, SectorRange sectors) {
  ListedPoison poison{.disk = disk, .sectors = sectors, .spa = {}, .file = {}};
  if (media) poison.spa = SpaOfSectors(*media, sectors);
  return poison;
}

std::vector<ListedPoison> ListDevice(const BlockDevice& device) {
  std::vector<ListedPoison> list;
  const std::optional<SpaRange> media = MediaOf(device.disk);
  for (SectorRange bad : ReadBadblocks(device)) {
    bad.begin += device.start_sector;
    bad.end += device.start_sector;
    list.push_back(Listed(device.disk, media, bad));
  }
  return list;
}

std::vector<ListedPoison> ListFile(int fd, const std::string& path) {
  const DaxFile file = DescribeFile(fd, path);
  if (!file.device)
    throw Error(path + " (" + file.filesystem +
                ") is on no block device, so no poison can be listed for it");
  const std::optional<SpaRange> media = MediaOf(file.device->disk);
  const ExtentMap extents = ExtentMap::Read(fd, path.c_str());
  std::vector<ListedPoison> list;
  for (SectorRange bad : ReadBadblocks(*file.device))
    for (const ExtentMap::Piece& piece : extents.ToFile(ToBytes(bad))) {
      SectorRange sectors = CoveringSectors(piece.device);
      sectors.begin += file.device->start_sector;
      sectors.end += file.device->start_sector;
      list.push_back(Listed(file.device->disk, media, sectors));
      list.back().file = piece.file;
    }
  std::sort(list.begin(), list.end(),
            [](const ListedPoison& a, const ListedPoison& b) {
              return a.file->begin < b.file->begin;
            });
  return list;
}

}  // namespace

std::vector<ListedPoison> ListPoison(const std::string& target) {
  if (target.empty()) {
    std::vector<ListedPoison> all;
    for (const std::string& disk : NvdimmNamespace::Disks())
      for (ListedPoison& poison : ListDevice(FindBlockDevice("/dev/" + disk)))
        all.push_back(std::move(poison));
    return all;
  }
  struct stat st;
  if (stat(target.c_str(), &st) != 0) throw ErrnoError(target, errno);
  if (S_ISBLK(st.st_mode)) return ListDevice(FindBlockDevice(st.st_rdev));
  if (!S_ISREG(st.st_mode))
    throw Error(target + " is neither a file nor a block device");
  FileDescriptor fd = FileDescriptor::Open(target, O_RDONLY);
  return ListFile(fd.get(), target);
}

std::string ToJson(const std::vector<ListedPoison>& list) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const ListedPoison& poison : list) {
    nlohmann::ordered_json r = {{"device", poison.disk},
                                {"sector_begin", poison.sectors.begin},
                                {"sector_end", poison.sectors.end}};
    if (poison.spa) {
      r["spa_begin"] = poison.spa->begin;
      r["spa_end"] = poison.spa->end;
    }
    if (poison.file) {
      r["file_begin"] = poison.file->begin;
      r["file_end"] = poison.file->end;
    }
    ranges.push_back(std::move(r));
  }
  return nlohmann::ordered_json{{"schema", 1}, {"poison", std::move(ranges)}}
             .dump(1) +
         "\n";
}

}  // namespace daxmend
