// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_list.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>

#include "core/error.h"
#include "device/cxl/poison_feed.h"
#include "device/cxl/region_facts.h"
#include "device/devices.h"
#include "inject/cxl_listing.h"
#include "inject/mapped_list.h"
#include "inject/own_list.h"
#include "inject/owners/namespace_mounts.h"
#include "inject/poison_map.h"
#include "inject/region_poison.h"
#include "system/dax_file.h"
#include "system/extent_map.h"
#include "system/file_descriptor.h"
#include "system/layers/dm_table.h"
#include "system/layers/overlay_file.h"
#include "system/mount_devices.h"

namespace daxmend {
namespace {

// What of `candidates` is bad and the kernel's list, cut, does not show.
std::vector<SectorRange> Unshown(const std::string& disk,
                                 const std::vector<SectorRange>& candidates) {
  try {
    return BadAmong(candidates, *DeviceOfDisk(disk)->OpenMedia(false));
  } catch (const Error&) {
    return {};  // without privilege, say
  }
}

// What the firmware was made to poison, if it can tell.
std::vector<SectorRange> Injected(const std::string& disk) {
  try {
    return DeviceOfDisk(disk)->OwnInjector(true)->Injected();
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

// Of a file on a device that lies on its disks in pieces.
std::vector<SectorRange> SectorsOf(const ExtentMap& extents,
                                   const BlockMap& map,
                                   const std::string& disk) {
  std::vector<SectorRange> sectors;
  for (const Extent& extent : extents.extents())
    for (const BlockMap::Piece& piece : map.ToDisks(extent.device()))
      if (piece.disk == disk) sectors.push_back(CoveringSectors(piece.on_disk));
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

// What is in `more` comes behind what is in `listing`.
void Append(PoisonListing more, PoisonListing& listing) {
  listing.cut = listing.cut || more.cut;
  std::move(more.poison.begin(), more.poison.end(),
            std::back_inserter(listing.poison));
  std::move(more.unknown.begin(), more.unknown.end(),
            std::back_inserter(listing.unknown));
}

// The path without links; as it was given where that leads elsewhere: out of
// another mount namespace (/proc/17/root/f), a link to which says "/".
std::string Canonical(const std::string& path) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error);
  return !error && std::filesystem::equivalent(real, path, error) ? real : path;
}

// Where the list is cut, what of `candidates`, sectors of the disk, is bad
// counts, too.
PoisonListing ListDevice(
    const BlockDevice& device, bool owners,
    const std::function<void(const std::string&)>& progress,
    std::vector<SectorRange> candidates = {}) {
  const BadblocksView view = ViewBadblocks(device);
  if (!view.kept && IsMapper(device.number))
    return ListMapped(device, [&](const BlockDevice& disk) {
      return ListDevice(disk, owners, progress);
    });
  if (!view.kept) throw NoList(device.node(), "keeps");
  PoisonListing listing{.poison = {}, .cut = view.cut};
  // A device's own list comes first. What the kernel lists beside it, it has of
  // somebody else.
  if (const auto own = OwnListOf(device.disk))
    Append(ListOwn(*own, device, owners, progress), listing);
  if (view.cut)
    for (SectorRange r : Injected(device.disk)) candidates.push_back(r);
  const std::vector<SectorRange> bad =
      BadOn(device, view, Normalize(std::move(candidates)));
  const std::optional<SpaRange> media = MediaOf(device.disk);
  std::vector<SectorOwner> owned;
  if (owners) {
    owned = FindOwners(device.disk, bad, progress);
  } else {
    for (SectorRange r : bad)
      owned.push_back({.sectors = r, .owner = {}, .file = {}});
  }
  for (const SectorOwner& r : owned)
    listing.poison.push_back(
        {.disk = device.disk,
         .sectors = r.sectors,
         .spa = media ? std::optional(SpaOfSectors(*media, r.sectors))
                      : std::nullopt,
         .owner = r.owner,
         .file = r.file,
         .shared = !r.sharers.empty(),
         .sharers = r.sharers});
  return listing;
}

PoisonListing ListFile(
    const std::string& path, bool owners,
    const std::function<void(const std::string&)>& progress) {
  FileDescriptor fd = FileDescriptor::Open(path, O_RDONLY);
  const DaxFile file = DescribeFile(fd.get(), path);
  // Of overlayfs, what it really is.
  if (const auto real = file.device ? std::nullopt : RealFileOf(fd.get()))
    return ListFile(*real, owners, progress);
  if (!file.device)
    throw Error({.thing = "the poison of " + path,
                 .cause = "cannot be located because " + file.no_device,
                 .way_out = "name a file on /dev/pmemN"});
  struct stat st;
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  const ExtentMap extents = ExtentMap::Read(fd.get(), path.c_str());
  const BadblocksView view = ViewBadblocks(*file.device);
  const bool mapped = !view.kept && IsMapper(file.device->number);
  if (!view.kept && !mapped)
    throw NoList(path, "is on " + file.device->node() + ", which keeps");
  const Owner owner{.kind = Owner::Kind::kFile,
                    .path = Canonical(path),
                    .inode = st.st_ino,
                    .links = st.st_nlink};
  PoisonListing listing;
  listing.cut = view.cut;
  if (const auto own = OwnListOf(file.device->disk)) {
    listing.cut = listing.cut || own->view.cut;
    for (UnitRange r : own->view.units)
      for (const PoisonView::Origin& part : OriginsIn(own->view, r))
        for (ListedPoison& one :
             PoisonInFile({part.units}, extents, *file.device,
                          own->device->media(), owner, own->unit())) {
          one.listed_by = "device";
          one.source = part.source;
          one.flags = part.flags;
          listing.poison.push_back(std::move(one));
        }
    SortByOffset(listing.poison);
  }
  if (mapped) {
    const BlockMap map = BlockMap::Of(file.device->number);
    PoisonListing disks =
        ListMapped(*file.device, [&](const BlockDevice& disk) {
          return ListDevice(disk, false, progress,
                            SectorsOf(extents, map, disk.disk));
        });
    disks.poison = InMappedFile(disks.poison, map, extents, owner);
    Append(std::move(disks), listing);
  }
  for (ListedPoison& one :
       PoisonInFile(BadOn(*file.device, view, SectorsOf(extents, *file.device)),
                    extents, *file.device, MediaOf(file.device->disk), owner))
    listing.poison.push_back(std::move(one));
  if (owners) AskSharers(listing.poison, progress);
  for (const Unplaced& part : extents.unplaced())
    listing.unknown.push_back(fmt::format("{}: its data at offset {} {}", path,
                                          part.file.begin, part.cause));
  return listing;
}

PoisonListing ListMount(
    const std::string& point, bool owners,
    const std::function<void(const std::string&)>& progress) {
  const std::optional<Mount> mount = MountAt(point);
  if (!mount)
    throw Error(
        {.thing = point,
         .cause = "is a directory, but not a mount point",
         .way_out = "name the mount point, the block device or a file"});
  if (mount->filesystem == "overlay")
    throw Error({.thing = point,
                 .cause = "is overlayfs, whose files are other file systems'",
                 .way_out = "name a file, or the mount point that its upper or "
                            "lower directory is on"});
  PoisonListing listing;
  bool looked = false;
  for (const MountDevice& part : DevicesOf(*mount)) {
    if (!part.number) {
      listing.unknown.push_back(part.node + ", a device of " + point +
                                ": it does not exist here");
      continue;
    }
    const BlockDevice device = FindBlockDevice(*part.number);
    if (!KeepsBadblocks(device) && !IsMapper(device.number)) continue;
    looked = true;
    Append(ListDevice(device, owners, progress), listing);
  }
  if (!looked && listing.unknown.empty())
    throw NoList(point + " (" + mount->filesystem + ")",
                 "is on " + mount->source + ", which keeps");
  return listing;
}

PoisonListing ListRegion(const DeviceRegion& region) {
  const RegionPoison poison = ReadRegionPoison(region);
  PoisonListing listing{
      .poison = {}, .cut = poison.cut, .unknown = poison.unknown};
  for (const RegionPoison::Part& part : poison.parts)
    listing.poison.push_back({.disk = region.name,
                              .sectors = part.sectors,
                              .spa = part.spa,
                              .owner = part.owner,
                              .file = part.offset});
  return listing;
}

// Keeps what CXL devices have answered for as long as it is there.
std::map<std::string, std::shared_ptr<CxlPoisonFeed>> AskCxlRegions(
    PoisonListing& listing) {
  std::map<std::string, std::shared_ptr<CxlPoisonFeed>> feeds;
  for (const std::string& region : CxlRegions()) try {
      if (!IsCommitted(region)) continue;
      feeds[region] = CxlFeedOf(region, ReadCxlRegion(region));
      feeds[region]->Now();
    } catch (const Error& e) {
      feeds.erase(region);
      listing.unknown.push_back(fmt::format("{}: {}", region, e.what()));
    }
  return feeds;
}

ListedPoison OffDisks(const std::string& where, uint64_t line,
                      const CxlPoison& poison) {
  return {.disk = where,
          .sectors = UnitRange::OfLength(line, 1),
          .unit_bytes = kLineBytes,
          .listed_by = "device",
          .source = poison.source,
          .flags = poison.flags};
}

// What CXL devices list and no disk has: what is in a region in front of its
// disks or behind them, and what is in no region.
PoisonListing ListCxlOffDisks(
    const std::vector<std::string>& disks,
    const std::map<std::string, std::shared_ptr<CxlPoisonFeed>>& feeds) {
  PoisonListing listing;
  std::vector<SpaRange> on_disks;
  for (const std::string& disk : disks)
    if (const auto media = MediaOf(disk)) on_disks.push_back(*media);
  on_disks = Normalize(std::move(on_disks));
  std::set<std::string> asked;
  for (const auto& [region, feed] : feeds) {
    for (const CxlTarget& target : feed->map().targets)
      asked.insert(target.memdev);
    listing.cut = listing.cut || feed->cut();
    for (const auto& [line, poison] : feed->Now()) {
      const SpaRange spa = SpaRange::OfLength(
          feed->map().hpa.begin + line * kLineBytes, kLineBytes);
      if (!IntersectAll(spa, on_disks).empty()) continue;
      listing.poison.push_back(OffDisks(region, line, poison));
      listing.poison.back().spa = spa;
    }
    for (const auto& [place, poison] : feed->unmapped()) {
      listing.poison.push_back(
          OffDisks(place.first, place.second / kLineBytes, poison));
      listing.poison.back().owner.kind = Owner::Kind::kNamespace;  // of none
    }
  }
  for (const std::string& memdev : CxlMemdevs()) try {
      if (asked.contains(memdev)) continue;
      const CxlListing all = ListCxl(memdev);
      listing.cut = listing.cut || all.cut;
      for (const CxlListing::Row& row : all.rows)
        for (uint64_t dpa = row.listed.dpa.begin; dpa < row.listed.dpa.end;
             dpa += kLineBytes)
          listing.poison.push_back(
              OffDisks(memdev, dpa / kLineBytes, row.listed.poison));
    } catch (const Error& e) {
      listing.unknown.push_back(fmt::format("{}: {}", memdev, e.what()));
    }
  return listing;
}

PoisonListing ListEverything(
    bool owners, const std::function<void(const std::string&)>& progress) {
  const std::vector<DeviceRegion> regions = DeviceRegions();
  const std::vector<std::string> disks = DeviceDisks();
  if (regions.empty() && disks.empty() && CxlMemdevs().empty())
    throw Error({.thing = "this machine",
                 .cause = "has no persistent memory ('ndctl list -R' shows no "
                          "region)",
                 .way_out = "name a device with a list of bad sectors, or use "
                            "'daxmend vm'"});
  PoisonListing all;
  const auto feeds = AskCxlRegions(all);
  for (const std::string& disk : disks) {
    std::error_code none;
    Append(std::filesystem::exists("/sys/block/" + disk, none)
               ? ListDevice(FindBlockDevice("/dev/" + disk), owners, progress)
               : ListItself(*DeviceOfDisk(disk)),
           all);
  }
  for (const DeviceRegion& region : regions) Append(ListRegion(region), all);
  Append(ListCxlOffDisks(disks, feeds), all);
  return all;
}

}  // namespace

Error NoList(const std::string& thing, const std::string& keeps) {
  return Error({.thing = thing,
                .cause = keeps +
                         " no list of bad sectors (it is not persistent "
                         "memory, or in sector mode)",
                .way_out = "see 'ndctl list -N'"});
}

std::optional<SpaRange> MediaOf(const std::string& disk) {
  try {
    const SpaRange media = DeviceOfDisk(disk)->media();
    if (media.begin != 0 && media.begin != UINT64_MAX) return media;
  } catch (const Error&) {
    return std::nullopt;
  }
  return std::nullopt;
}

PoisonListing ListPoison(
    const std::string& target, bool owners,
    const std::function<void(const std::string&)>& progress) {
  if (target.empty()) return ListEverything(owners, progress);
  // First: what is system RAM has no node, and that is for its kind to say.
  if (const auto device = DeviceOfNode(target)) return ListItself(*device);
  struct stat st;
  if (stat(target.c_str(), &st) != 0) throw ErrnoError(target, errno);
  if (S_ISBLK(st.st_mode))
    return ListDevice(FindBlockDevice(st.st_rdev), owners, progress);
  if (S_ISDIR(st.st_mode)) return ListMount(target, owners, progress);
  if (!S_ISREG(st.st_mode))
    throw Error({.thing = target,
                 .cause = "is neither a file, a mount point nor a block device",
                 .way_out = "name one of them"});
  return ListFile(target, owners, progress);
}

}  // namespace daxmend
