// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/target.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "device/devices.h"
#include "inject/owners/holders.h"
#include "inject/owners/open_files.h"
#include "inject/poison_map.h"
#include "system/dax_file.h"
#include "system/file_io.h"
#include "system/layers/block_map.h"
#include "system/mount_devices.h"
#include "system/mount_table.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

bool DoesDax(const std::string& disk) {
  const std::string path = "/sys/block/" + disk + "/queue/dax";
  return access(path.c_str(), F_OK) == 0 && ReadFile(path).starts_with("1");
}

// Where a mounted file system lies, with its real-time device and its journal;
// those alone whose places can be told.
std::vector<BlockMap> MapsOf(const Mount& mount) {
  std::vector<BlockMap> maps;
  for (const MountDevice& device : DevicesOf(mount)) try {
      if (device.number) maps.push_back(BlockMap::Of(*device.number));
    } catch (const Error&) {
      continue;
    }
  return maps;
}

bool AreOnOneDisk(const BlockMap& a, const BlockMap& b) {
  const std::vector<std::string> disks = b.Disks();
  for (const std::string& disk : a.Disks())
    if (std::find(disks.begin(), disks.end(), disk) != disks.end()) return true;
  return false;
}

// Of a device-mapper device that cannot be followed, the device itself.
BlockMap MapOf(const BlockDevice& device) try {
  return BlockMap::Of(device.number);
} catch (const Error&) {
  return BlockMap(device.name);
}

// `itself`: another path to what `path` led to, which leads nowhere else.
TargetFacts Gather(const std::string& path, const std::string& itself,
                   const struct stat& st, const BlockDevice& device) {
  TargetFacts facts{
      .path = path,
      .is_device = S_ISBLK(st.st_mode) != 0,
      // In raw mode nothing can be mapped, but written.
      .persistent_memory = DoesDax(device.disk) || KeepsBadblocks(device),
      .links = S_ISREG(st.st_mode) ? st.st_nlink : 1,
      .root = false,
      .holders = HoldersOf(device.name),
      .openers = {},
      .claimed = false};
  // Of a file, the file system is the user that counts.
  if (facts.is_device) facts.openers = OpenersOf(device.disk);
  bool mounted = false;
  const BlockMap own = MapOf(device);
  for (const Mount& mount : ReadMounts())
    for (const BlockMap& map : MapsOf(mount)) {
      facts.root = facts.root || (mount.point == "/" && AreOnOneDisk(map, own));
      mounted = mounted || map.Overlaps(own);
    }
  // A mount claims its device as well, so this tells only where there is none.
  if (!mounted && facts.is_device) {
    FileDescriptor fd(open(itself.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
    facts.claimed = !fd && errno == EBUSY;
  }
  return facts;
}

}  // namespace

void RequireSafe(const TargetFacts& facts, const SafetyOptions& options) {
  if (!facts.persistent_memory)
    throw Error({.thing = facts.path,
                 .cause = "is not on persistent memory that can be mapped (its "
                          "disk does not support DAX, or is in sector mode)",
                 .way_out = "see 'ndctl list -N'"});
  if (options.force) return;
  auto refuse = [](const std::string& thing, const std::string& cause) {
    throw Error({.thing = thing,
                 .cause = cause,
                 .way_out = "pass --force to poison it anyway"});
  };
  if (!facts.keeps_bytes)
    refuse(facts.path,
           "does not let its bytes be read, so what is injected holds zeros "
           "when it is cleared or restored");
  if (facts.links > 1)
    refuse(facts.path,
           fmt::format("is one of {} names (hard links) of a file, all of "
                       "which would be poisoned",
                       facts.links));
  if (facts.root) refuse(facts.path, "is on the disk of the root file system");
  if (!facts.holders.empty())
    refuse(facts.path, (facts.is_device ? "is part of "
                                        : "is on a device that is part of ") +
                           Joined(facts.holders));
  if (!facts.openers.empty())
    refuse("the disk of " + facts.path, "is open in " + Joined(facts.openers));
  if (facts.claimed)
    refuse(facts.path, "is in use by the kernel, but not mounted (swap?)");
}

void RequireFiles(const std::string& path,
                  const std::vector<SectorOwner>& owners,
                  const SafetyOptions& options) {
  if (options.allow_metadata) return;
  for (const SectorOwner& range : owners) {
    if (range.owner.kind == Owner::Kind::kFile ||
        range.owner.kind == Owner::Kind::kNameless) {
      if (range.sharers.empty()) continue;
      throw Error(
          {.thing = fmt::format("sector {} of {}", range.sectors.begin, path),
           .cause = "is shared (reflink) by " + Describe(range.owner) +
                    " and " + Describe(range.sharers.front().owner) +
                    ", which would both be poisoned",
           .way_out = "pass --allow-metadata to poison it anyway"});
    }
    throw Error(
        {.thing = fmt::format("sector {} of {}", range.sectors.begin, path),
         .cause = "belongs to " + Describe(range.owner) + ", not to a file",
         .way_out = "pass --allow-metadata to poison it anyway"});
  }
}

void RequireUnmoved(const std::vector<PoisonedRange>& located,
                    const ExtentMap& extents, const BlockDevice& device,
                    const std::string& path) {
  for (const PoisonedRange& range : located) {
    for (const Extent& extent : extents.extents())
      if (extent.shared && extent.file.Overlaps(range.file))
        throw Error(
            {.thing = path,
             .cause = fmt::format("was copied by reference (reflink) at offset "
                                  "{} while it was being poisoned, so its copy "
                                  "was poisoned, too; all was uninjected",
                                  range.file.begin),
             .way_out = "try again with a file that shares no blocks"});
    // All of one kind of device have one unit.
    const uint64_t unit = range.sectors.empty()
                              ? kSectorBytes
                              : range.file.length() / range.sectors.length();
    std::vector<UnitRange> now;
    for (const ExtentMap::Piece& piece : extents.ToDevice(range.file))
      now.push_back(UnitsOnDisk(device, piece.device, unit));
    if (Normalize(std::move(now)) != std::vector<UnitRange>{range.sectors})
      throw Error(
          {.thing = path,
           .cause = fmt::format("was moved by its file system at offset {} "
                                "while it was being poisoned (sector {} no "
                                "longer belongs to it); all was uninjected",
                                range.file.begin, range.sectors.begin),
           .way_out = "try again when nothing changes the file"});
  }
}

Target::Target(const std::string& path, const SafetyOptions& options)
    : path_(path), options_(options) {
  // One thing from here on, whatever the path leads to later. O_PATH does
  // nothing to a device and waits for nobody (a FIFO).
  const auto device = DeviceOfNode(path);
  const FileDescriptor found = FileDescriptor::Open(path, O_PATH);
  const std::string itself = fmt::format("/proc/self/fd/{}", found.get());
  struct stat st;
  if (fstat(found.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  is_device_ = S_ISBLK(st.st_mode);
  if (device && !is_device_) {
    is_device_ = without_block_ = true;
    device_.name = device_.disk = device->disk();
    size_ = device->media().length();
    TargetFacts facts;
    facts.path = path;
    facts.is_device = true;
    facts.openers = OpenersOf(device->disk());
    facts.keeps_bytes = device->KeepsItsBytes();
    name_ = fs::canonical(path);
    RequireSafe(facts, options);
    return;
  }
  if (is_device_) {
    device_ = FindBlockDevice(st.st_rdev);
    size_ = device_.sectors * kSectorBytes;
  } else {
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
      throw Error({.thing = path,
                   .cause = "is neither a file nor a block device",
                   .way_out = "name one"});
    fd_ = FileDescriptor(open(itself.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_) throw ErrnoError("open " + path, errno);
    const DaxFile file = DescribeFile(fd_.get(), path);
    RequireDax(file);
    device_ = *file.device;
    size_ = file.size;
  }
  std::error_code error;
  name_ = fs::read_symlink(itself, error);
  if (error) throw ErrnoError("find the name of " + path, error.value());
  RequireSafe(Gather(path, itself, st, device_), options);
}

std::unique_ptr<PoisonDevice> Target::OpenDevice() const {
  return DeviceOfDisk(device_.disk);
}

DevicePart Target::part(const DeviceUnits& units) const {
  const uint64_t begin = device_.start_sector * kSectorBytes;
  return {
      .disk = device_.disk,
      .node = device_.node(),
      .units = {begin / units.error_bytes, (begin + size_) / units.error_bytes},
      .unit_bytes = units.error_bytes};
}

void Target::NoteTimes() {
  struct stat st;
  if (!is_device_ && fstat(fd_.get(), &st) == 0) written_ = st.st_mtim;
}

bool Target::WrittenSince() const {
  struct stat st;
  return !is_device_ && fstat(fd_.get(), &st) == 0 &&
         (st.st_mtim.tv_sec != written_.tv_sec ||
          st.st_mtim.tv_nsec != written_.tv_nsec);
}

std::vector<PoisonedRange> Target::Locate(
    const std::vector<FileRange>& ranges, const PoisonDevice& on,
    const std::function<void(const std::string&)>& progress) const {
  const SpaRange media = on.media();
  const uint64_t unit = on.units().error_bytes;
  if (without_block_) {
    std::vector<PoisonedRange> located;
    for (FileRange range : ranges)
      located.push_back({range,
                         {range.begin / unit, range.end / unit},
                         {media.begin + range.begin, media.begin + range.end}});
    return located;
  }
  if (!is_device_)
    return LocatePoison(ExtentMap::Read(fd_.get(), path_.c_str()), device_,
                        media, path_, ranges, unit);
  // A device is a file of one extent.
  const ExtentMap whole({{.file = {0, size_}, .device_begin = 0}});
  const std::vector<PoisonedRange> located =
      LocatePoison(whole, device_, media, path_, ranges, unit);
  std::vector<SectorRange> sectors;
  for (const PoisonedRange& range : located)
    sectors.push_back(
        {range.sectors.begin * unit / kSectorBytes,
         (range.sectors.end * unit + kSectorBytes - 1) / kSectorBytes});
  if (!options_.allow_metadata)
    RequireFiles(
        path_,
        FindOwners(device_.disk, Normalize(std::move(sectors)), progress),
        options_);
  return located;
}

void Target::RequireUnmoved(const std::vector<PoisonedRange>& located) const {
  if (!without_block_ && !IsStillThere(device_))
    throw Error(
        {.thing = path_,
         .cause = "was moved by device mapper while it was being "
                  "poisoned; all was uninjected",
         .way_out = "try again when nothing changes " + device_.node()});
  if (is_device_) return;
  daxmend::RequireUnmoved(located,
                          ExtentMap::Read(fd_.get(), path_.c_str(),
                                          {0, UINT64_MAX}, Delayed::kLeave),
                          device_, path_);
}

}  // namespace daxmend
