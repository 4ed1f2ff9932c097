// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/dax_file.h"
#include "core/error.h"
#include "core/extent_map.h"
#include "core/file_descriptor.h"
#include "core/mount_table.h"
#include "inject/disk_sectors.h"
#include "inject/nvdimm_namespace.h"
#include "inject/poison_map.h"

namespace daxmend {
namespace {

// What of `candidates` is bad and the kernel's list, cut, does not show.
std::vector<SectorRange> Unshown(const std::string& disk,
                                 const std::vector<SectorRange>& candidates) {
  try {
    BlockDiskSectors sectors(disk);
    return BadAmong(candidates, sectors);
  } catch (const Error&) {
    return {};  // without privilege, say
  }
}

// What the firmware was made to poison, if it can tell.
std::vector<SectorRange> Injected(const std::string& disk) {
  try {
    return NvdimmNamespace::OfDisk(disk)->Planted();
  } catch (const Error&) {
    return {};
  }
}

// The sectors of the device that a file on it has, in sectors of the disk.
std::vector<SectorRange> SectorsOf(const ExtentMap& extents,
                                   const BlockDevice& device) {
  std::vector<SectorRange> sectors;
  for (const Extent& extent : extents.extents())
    sectors.push_back(OnDisk(device, CoveringSectors(extent.device())));
  return Normalize(std::move(sectors));
}

// The bad sectors of the disk that lie on `device`; where the list was cut also
// those among `candidates`.
std::vector<SectorRange> BadOn(const BlockDevice& device,
                               const BadblocksView& view,
                               const std::vector<SectorRange>& candidates) {
  std::vector<SectorRange> bad;
  for (SectorRange r : view.sectors) bad.push_back(OnDisk(device, r));
  if (view.cut)
    for (SectorRange r : Unshown(device.disk, candidates)) bad.push_back(r);
  const SectorRange all = OnDisk(device, {0, device.sectors});
  return IntersectAll(all, Normalize(std::move(bad)));
}

PoisonListing ListDevice(
    const BlockDevice& device, bool owners,
    const std::function<void(const std::string&)>& progress) {
  const BadblocksView view = ViewBadblocks(device);
  PoisonListing listing{.poison = {}, .cut = view.cut};
  const std::vector<SectorRange> bad =
      BadOn(device, view,
            view.cut ? Injected(device.disk) : std::vector<SectorRange>{});
  const std::optional<SpaRange> media = MediaOf(device.disk);
  std::vector<SectorOwner> owned;
  if (owners) {
    owned = FindOwners(device.disk, bad, progress);
  } else {
    for (SectorRange r : bad) owned.push_back({r, {}, {}});
  }
  for (const SectorOwner& r : owned)
    listing.poison.push_back(
        {.disk = device.disk,
         .sectors = r.sectors,
         .spa = media ? std::optional(SpaOfSectors(*media, r.sectors))
                      : std::nullopt,
         .owner = r.owner,
         .file = r.file});
  return listing;
}

PoisonListing ListFile(const std::string& path) {
  FileDescriptor fd = FileDescriptor::Open(path, O_RDONLY);
  const DaxFile file = DescribeFile(fd.get(), path);
  if (!file.device)
    throw Error(path + " (" + file.filesystem +
                ") is on no block device, so no poison can be listed for it");
  struct stat st;
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  const ExtentMap extents = ExtentMap::Read(fd.get(), path.c_str());
  const BadblocksView view = ViewBadblocks(*file.device);
  const Owner owner{.kind = Owner::Kind::kFile,
                    .path = std::filesystem::canonical(path),
                    .inode = st.st_ino,
                    .links = st.st_nlink};
  return {.poison = PoisonInFile(
              BadOn(*file.device, view, SectorsOf(extents, *file.device)),
              extents, *file.device, MediaOf(file.device->disk), owner),
          .cut = view.cut};
}

PoisonListing ListMount(
    const std::string& point, dev_t device, bool owners,
    const std::function<void(const std::string&)>& progress) {
  const std::string real = std::filesystem::canonical(point);
  const std::vector<Mount> mounts = ReadMounts();
  if (std::none_of(mounts.begin(), mounts.end(),
                   [&](const Mount& m) { return m.point == real; }))
    throw Error(point +
                " is a directory and not a mount point: name the mount point, "
                "the block device or a file");
  return ListDevice(FindBlockDevice(device), owners, progress);
}

nlohmann::ordered_json ToJsonValue(const ListedPoison& poison) {
  nlohmann::ordered_json r = {{"device", poison.disk},
                              {"sector_begin", poison.sectors.begin},
                              {"sector_end", poison.sectors.end}};
  if (poison.spa) {
    r["spa_begin"] = poison.spa->begin;
    r["spa_end"] = poison.spa->end;
  }
  r["owner"] = NameOf(poison.owner.kind);
  if (!poison.owner.path.empty()) r["path"] = poison.owner.path;
  if (poison.owner.inode) r["inode"] = poison.owner.inode;
  if (poison.owner.links > 1) r["links"] = poison.owner.links;
  if (poison.file) {
    r["file_begin"] = poison.file->begin;
    r["file_end"] = poison.file->end;
  }
  return r;
}

}  // namespace

std::optional<SpaRange> MediaOf(const std::string& disk) {
  try {
    const SpaRange media = NvdimmNamespace::OfDisk(disk)->media();
    if (media.begin != 0 && media.begin != UINT64_MAX) return media;
  } catch (const Error&) {
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<ListedPoison> PoisonInFile(const std::vector<SectorRange>& bad,
                                       const ExtentMap& extents,
                                       const BlockDevice& device,
                                       const std::optional<SpaRange>& media,
                                       const Owner& owner) {
  std::vector<ListedPoison> list;
  for (SectorRange r : OnDevice(device, bad))
    for (const ExtentMap::Piece& piece : extents.ToFile(ToBytes(r))) {
      const SectorRange sectors = OnDisk(device, CoveringSectors(piece.device));
      list.push_back({.disk = device.disk,
                      .sectors = sectors,
                      .spa = media
                                 ? std::optional(SpaOfSectors(*media, sectors))
                                 : std::nullopt,
                      .owner = owner,
                      .file = piece.file});
    }
  std::sort(list.begin(), list.end(),
            [](const ListedPoison& a, const ListedPoison& b) {
              return a.file->begin < b.file->begin;
            });
  return list;
}

PoisonListing ListPoison(
    const std::string& target, bool owners,
    const std::function<void(const std::string&)>& progress) {
  if (target.empty()) {
    PoisonListing all;
    for (const std::string& disk : NvdimmNamespace::Disks()) {
      PoisonListing one =
          ListDevice(FindBlockDevice("/dev/" + disk), owners, progress);
      all.cut = all.cut || one.cut;
      std::move(one.poison.begin(), one.poison.end(),
                std::back_inserter(all.poison));
    }
    return all;
  }
  struct stat st;
  if (stat(target.c_str(), &st) != 0) throw ErrnoError(target, errno);
  if (S_ISBLK(st.st_mode))
    return ListDevice(FindBlockDevice(st.st_rdev), owners, progress);
  if (S_ISDIR(st.st_mode))
    return ListMount(target, st.st_dev, owners, progress);
  if (!S_ISREG(st.st_mode))
    throw Error(target +
                " is neither a file, a mount point nor a block device");
  return ListFile(target);
}

std::string ToJson(const PoisonListing& listing) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const ListedPoison& poison : listing.poison)
    ranges.push_back(ToJsonValue(poison));
  return nlohmann::ordered_json{
             {"schema", 1}, {"cut", listing.cut}, {"poison", std::move(ranges)}}
             .dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace daxmend
