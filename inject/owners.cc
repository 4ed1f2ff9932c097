// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "core/block_device.h"
#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/mount_table.h"
#include "inject/file_walk.h"
#include "inject/open_files.h"
#include "inject/space_map.h"

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
  return ExtentMap::Read(fd, name, {0, UINT64_MAX}, ExtentMap::Delayed::kLeave);
} catch (const Error&) {
  return {};
}

std::vector<OwnedRange> AskFileSystem(const Mount& mount,
                                      const std::vector<DeviceRange>& wanted,
                                      const Progress& progress) {
  using std::chrono::steady_clock;
  FileDescriptor root =
      FileDescriptor::Open(mount.point, O_RDONLY | O_DIRECTORY);
  OwnerSearch search(wanted, ReadSpaceMap(root.get(), mount.point, wanted));
  uint64_t seen = 0;
  auto told = steady_clock::now();
  if (!search.done())
    WalkFiles(mount.point, [&](const WalkedName& name) {
      // Asking for the time costs something too.
      if (++seen % 64 == 0 &&
          steady_clock::now() - told > std::chrono::seconds(2)) {
        told = steady_clock::now();
        progress("looked at " + std::to_string(seen) + " files of " +
                 mount.point);
      }
      if (search.Names(name.inode)) search.Name(Of(name));
      if (search.wants_extents() &&
          (name.type == DT_REG || name.type == DT_DIR)) {
        FileDescriptor fd(openat(name.directory, name.name,
                                 O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (const ExtentMap extents = ExtentsOf(fd.get(), name.name);
            fd && search.Touches(extents))
          search.Claim(Of(name), extents);
      }
      return !search.done();
    });
  if (search.wants_extents())
    WalkNamelessFiles(mount.device, [&](int fd, uint64_t inode) {
      search.Claim({.kind = Owner::Kind::kNameless,
                    .path = "",
                    .inode = inode,
                    .links = 0},
                   ExtentsOf(fd, "an open file"));
      return search.wants_extents();
    });
  return search.Result();
}

}  // namespace

std::vector<SectorOwner> FindOwners(const std::string& disk,
                                    const std::vector<SectorRange>& sectors,
                                    const Progress& progress) {
  std::vector<SectorOwner> owners;
  std::vector<SectorRange> told;
  std::set<dev_t> asked;
  for (const Mount& mount : ReadMounts()) {
    // A mount of a part of it does not show all names.
    if (mount.root != "/" || asked.contains(mount.device)) continue;
    BlockDevice device;
    try {
      device = FindBlockDevice(mount.device);
    } catch (const Error&) {
      continue;  // tmpfs, proc
    }
    if (device.disk != disk) continue;
    asked.insert(mount.device);
    std::vector<DeviceRange> wanted;
    for (SectorRange part : OnDevice(device, sectors))
      wanted.push_back(ToBytes(part));
    for (const OwnedRange& range : AskFileSystem(mount, wanted, progress)) {
      const SectorRange found = OnDisk(device, CoveringSectors(range.device));
      told.push_back(found);
      owners.push_back({found, range.owner, range.file});
    }
  }
  told = Normalize(std::move(told));
  for (SectorRange range : sectors)
    for (SectorRange rest : Subtract(range, told))
      owners.push_back({rest, {}, {}});
  std::sort(owners.begin(), owners.end(),
            [](const SectorOwner& a, const SectorOwner& b) {
              return a.sectors < b.sectors;
            });
  return owners;
}

}  // namespace daxmend
