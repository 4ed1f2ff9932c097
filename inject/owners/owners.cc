// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>

#include "core/error.h"
#include "inject/owners/file_walk.h"
#include "inject/owners/holders.h"
#include "inject/owners/mounted_filesystem.h"
#include "inject/owners/namespace_mounts.h"
#include "inject/owners/open_files.h"
#include "inject/owners/space_map.h"
#include "system/file_descriptor.h"
#include "system/file_device.h"
#include "system/layers/block_map.h"
#include "system/mount_devices.h"
#include "system/mount_table.h"

namespace daxmend {
namespace {

using Progress = std::function<void(const std::string&)>;

Owner Of(const WalkedName& name) {
  Owner owner{
      .kind = name.type == DT_DIR ? Owner::Kind::kMetadata : Owner::Kind::kFile,
      .path = name.path(),
      .inode = name.inode,
      .links = 0};
  struct stat st;
  if (name.type != DT_DIR &&
      fstatat(name.directory, name.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    owner.links = st.st_nlink;
  return owner;
}

// None where there is no way to ask: a directory of xfs, say.
ExtentMap ExtentsOf(int fd, const char* name) try {
  return ExtentMap::Read(fd, name, {0, UINT64_MAX}, Delayed::kLeave);
} catch (const Error&) {
  return {};
}

// One device of a mounted file system, and what is to be found out of it.
struct Question {
  const MountedFilesystem& filesystem;
  DeviceRole role;
  dev_t number;
  std::vector<DeviceRange> wanted;
};

// Do this file's extents count on the device in question?
bool IsOnDevice(int fd, const Question& question) {
  if (question.filesystem.first.filesystem != "xfs") return true;
  return IsRealtime(fd) == (question.role == DeviceRole::kRealtime);
}

class FilesystemSearch {
 public:
  FilesystemSearch(const Question& question, const Progress& progress)
      : question_(question), progress_(progress) {}

  std::vector<OwnedRange> Run() {
    const MountedFilesystem& filesystem = question_.filesystem;
    const Owner unseen{.kind = Owner::Kind::kUnseen,
                       .path = filesystem.first.point};
    search_.emplace(
        question_.wanted, SpaceMap(),
        filesystem.whole && IsAsked() ? std::nullopt : std::optional(unseen));
    if (!IsAsked()) return search_->Result();
    for (size_t i = 0; i < filesystem.views.size(); ++i)
      if (!Through(i, [&](const std::string& point) { Look(point); }) &&
          filesystem.views[i].root == "/")
        search_->MissNames(unseen);
    if (search_->wants_extents())
      WalkNamelessFiles(filesystem.first.device, [&](int fd, uint64_t inode) {
        if (IsOnDevice(fd, question_))
          search_->Claim({.kind = Owner::Kind::kNameless, .inode = inode},
                         ExtentsOf(fd, "an open file"));
        return search_->wants_extents();
      });
    return search_->Result();
  }

 private:
  // Can the file system tell what lies on this device?
  bool IsAsked() const { return question_.role != DeviceRole::kOther; }

  // Calls `look` with the point of a view. False where the view, of another
  // mount namespace, has gone away.
  bool Through(size_t view,
               const std::function<void(const std::string& point)>& look) {
    const MountedFilesystem& filesystem = question_.filesystem;
    if (view >= filesystem.own)
      return LookThrough(filesystem.views[view], look);
    look(filesystem.views[view].point);
    return true;
  }

  // By the first view that is still there.
  std::vector<SpaceRecord> SpaceMap() {
    std::vector<SpaceRecord> space;
    const auto read = [&](const std::string& point) {
      FileDescriptor fd = FileDescriptor::Open(point, O_RDONLY | O_NONBLOCK);
      space = ReadSpaceMap(fd.get(), point, question_.number, question_.wanted);
    };
    if (IsAsked())
      for (size_t i = 0; i < question_.filesystem.views.size(); ++i)
        if (Through(i, read)) break;
    return space;
  }

  void Look(const std::string& point) {
    if (search_->done()) return;
    struct stat st;
    if (stat(point.c_str(), &st) == 0 && !S_ISDIR(st.st_mode)) {
      LookAtFile(point, st);
      return;
    }
    WalkFiles(point, [&](const WalkedName& name) {
      TellProgress(point);
      if (search_->Names(name.inode)) search_->Name(Of(name));
      if (search_->wants_extents() &&
          (name.type == DT_REG || name.type == DT_DIR)) {
        FileDescriptor fd(openat(name.directory, name.name,
                                 O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (fd && IsOnDevice(fd.get(), question_))
          if (const ExtentMap extents = ExtentsOf(fd.get(), name.name);
              search_->Touches(extents))
            search_->Claim(Of(name), extents);
      }
      return !search_->done();
    });
  }

  // A file may be mounted, too (containers do that).
  void LookAtFile(const std::string& path, const struct stat& st) {
    const Owner owner{.kind = Owner::Kind::kFile,
                      .path = path,
                      .inode = st.st_ino,
                      .links = st.st_nlink};
    if (search_->Names(st.st_ino)) search_->Name(owner);
    if (!S_ISREG(st.st_mode) || !search_->wants_extents()) return;
    FileDescriptor fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (fd && IsOnDevice(fd.get(), question_))
      search_->Claim(owner, ExtentsOf(fd.get(), path.c_str()));
  }

  void TellProgress(const std::string& point) {
    using std::chrono::steady_clock;
    // Asking for the time costs something too.
    if (++seen_ % 64 != 0 ||
        steady_clock::now() - told_ <= std::chrono::seconds(2))
      return;
    told_ = steady_clock::now();
    progress_(fmt::format("searched {} files of {}", seen_, point));
  }

  const Question& question_;
  const Progress& progress_;
  std::optional<OwnerSearch> search_;
  uint64_t seen_ = 0;
  std::chrono::steady_clock::time_point told_ =
      std::chrono::steady_clock::now();
};

// The device behind `number`, if a part of it is on `disk`.
std::optional<BlockMap> On(const std::string& disk,
                           std::optional<dev_t> number) try {
  if (!number) return std::nullopt;
  BlockMap map = BlockMap::Of(*number);
  const std::vector<std::string> disks = map.Disks();
  return std::find(disks.begin(), disks.end(), disk) != disks.end()
             ? std::optional(std::move(map))
             : std::nullopt;
} catch (const Error&) {
  return std::nullopt;
}

bool IsOn(const std::string& disk, const Mount& mount) {
  const std::vector<MountDevice> devices = DevicesOf(mount);
  return std::any_of(devices.begin(), devices.end(),
                     [&](const MountDevice& device) {
                       return On(disk, device.number).has_value();
                     });
}

// `range` of a device that `map` is of, in sectors of `disk`: a piece for each
// place there.
void AddOnDisk(const OwnedRange& range, const BlockMap& map,
               const std::string& disk, std::vector<SectorOwner>& owners) {
  for (const BlockMap::Piece& piece : map.ToDisks(range.device)) {
    if (piece.disk != disk) continue;
    const OwnedRange part = PartOf(range, piece.device);
    owners.push_back(
        {CoveringSectors(piece.on_disk), part.owner, part.file, part.sharers});
  }
}

// `rest` of the disk has no owner that could be asked. What is above it may be
// mounted, and not let its places be told.
void AddUnknown(const std::string& disk, const std::vector<SectorRange>& rest,
                std::vector<SectorOwner>& owners) {
  if (rest.empty()) return;
  std::vector<SectorOwner> unknown;
  for (SectorRange range : rest)
    unknown.push_back({.sectors = range, .owner = {}, .file = {}});
  for (const Holder& holder : HoldersOfDisk(disk)) {
    std::vector<SectorRange> held;
    for (DeviceRange place : holder.places)
      held.push_back(CoveringSectors(place));
    held = Normalize(std::move(held));
    std::vector<SectorOwner> cut;
    for (const SectorOwner& one : unknown) {
      for (SectorRange beside : Subtract(one.sectors, held))
        cut.push_back({.sectors = beside, .owner = one.owner, .file = {}});
      for (SectorRange below : IntersectAll(one.sectors, held)) {
        cut.push_back({.sectors = below, .owner = one.owner, .file = {}});
        std::string& detail = cut.back().owner.detail;
        detail += (detail.empty() ? "" : ", ") + holder.name;
      }
    }
    unknown = std::move(cut);
  }
  std::move(unknown.begin(), unknown.end(), std::back_inserter(owners));
}

std::vector<OwnedRange> Ask(const Question& question,
                            const Progress& progress) {
  if (question.role != DeviceRole::kLog)
    return FilesystemSearch(question, progress).Run();
  std::vector<OwnedRange> journal;
  for (DeviceRange range : question.wanted)
    journal.push_back({.device = range,
                       .owner = {.kind = Owner::Kind::kMetadata},
                       .file = {}});
  return journal;
}

}  // namespace

std::vector<SectorOwner> FindOwners(const std::string& disk,
                                    const std::vector<SectorRange>& sectors,
                                    const Progress& progress) {
  std::vector<SectorOwner> owners;
  std::vector<Mount> mounts = ReadMounts(), others = MountsOfOtherNamespaces();
  for (std::vector<Mount>* all : {&mounts, &others})
    std::erase_if(*all, [&](const Mount& mount) { return !IsOn(disk, mount); });
  for (const MountedFilesystem& filesystem : FilesystemsOf(mounts, others))
    for (const MountDevice& part : DevicesOf(filesystem.first)) {
      const std::optional<BlockMap> map = On(disk, part.number);
      if (!map) continue;
      Question question{.filesystem = filesystem,
                        .role = part.role,
                        .number = *part.number,
                        .wanted = {}};
      for (SectorRange range : sectors)
        for (DeviceRange on : map->FromDisk(disk, ToBytes(range)))
          question.wanted.push_back(on);
      question.wanted = Normalize(std::move(question.wanted));
      if (question.wanted.empty()) continue;
      for (const OwnedRange& range : Ask(question, progress))
        AddOnDisk(range, *map, disk, owners);
    }
  std::vector<SectorRange> told;
  for (const SectorOwner& owner : owners) told.push_back(owner.sectors);
  told = Normalize(std::move(told));
  AddUnknown(disk, SubtractAll(sectors, told), owners);
  std::sort(owners.begin(), owners.end(),
            [](const SectorOwner& a, const SectorOwner& b) {
              return a.sectors < b.sectors;
            });
  return owners;
}

}  // namespace daxmend
