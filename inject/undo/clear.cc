// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <set>

#include "core/error.h"
#include "device/devices.h"
#include "inject/privilege.h"
#include "inject/undo/give_back.h"
#include "inject/undo/undo.h"
#include "system/dax_file.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

bool IsDevice(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 &&
         (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode));
}

}  // namespace

ClearResult ClearListed(const std::vector<ListedPoison>& poison,
                        const std::string& namespace_uuid,
                        const std::vector<JournalEntry>& entries,
                        DeviceMedia& disk, Unlisting* unlisting) {
  std::vector<const JournalEntry*> ours;
  for (const JournalEntry& entry : entries)
    if (entry.namespace_uuid == namespace_uuid) ours.push_back(&entry);
  const KeptBytes kept(std::move(ours));
  std::vector<UnitRange> known, unknown;
  for (const ListedPoison& listed : poison) {
    for (UnitRange part : IntersectAll(listed.sectors, kept.sectors()))
      known.push_back(part);
    for (UnitRange part : Subtract(listed.sectors, kept.sectors()))
      unknown.push_back(part);
  }
  const GivenBack back =
      GiveBack(Normalize(std::move(known)), kept, disk, unlisting);
  ClearResult result{.restored_sectors = TotalLength(back.by_media) +
                                         TotalLength(back.by_journal),
                     .zeroed_sectors = 0};
  // Only what is bad still: it may have been repaired meanwhile.
  for (UnitRange range : unknown)
    for (UnitRange bad : BadAmong({range}, disk)) {
      disk.Write(bad,
                 std::string(bad.length() * disk.units().error_bytes, '\0'));
      result.zeroed_sectors += bad.length();
    }
  disk.AskAgain();
  for (const ListedPoison& listed : poison)
    if (!BadAmong({listed.sectors}, disk).empty())
      throw Error({.thing = fmt::format("{} {} of /dev/{}", disk.units().name,
                                        listed.sectors.begin, listed.disk),
                   .cause = "is still bad after it was rewritten",
                   .way_out = "check with 'daxmend validate' that the firmware "
                              "clears errors"});
  return result;
}

void RequireOwn(const PoisonListing& listing, const std::string& namespace_uuid,
                const std::vector<JournalEntry>& entries,
                const std::string& target) {
  for (const ListedPoison& listed : listing.poison) {
    if (!listed.shared) continue;
    std::vector<UnitRange> kept;
    for (const JournalEntry& entry : entries)
      if (entry.namespace_uuid == namespace_uuid)
        kept.insert(kept.end(), entry.sectors.begin(), entry.sectors.end());
    if (Subtract(listed.sectors, Normalize(std::move(kept))).empty()) continue;
    throw Error(
        {.thing = fmt::format("{} at offset {}", target, listed.file->begin),
         .cause = "shares its blocks with another file (reflink), in which "
                  "they would be zero-filled, too",
         .way_out = "punch the range out of this file to free it of them, or "
                    "pass --force to clear them in all"});
  }
}

namespace {

// A file of overlayfs may become another one when it is opened for writing.
void RequireNoCopy(const std::string& target) {
  struct stat st;
  if (stat(target.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return;
  const FileDescriptor fd(
      open(target.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return;
  const DaxFile file = DescribeFile(fd.get(), target);
  if (file.filesystem != "overlayfs") return;
  throw Error(
      {.thing = "the poison of " + target,
       .cause = "is not cleared by this name, because " + file.no_device,
       .way_out = "name that file"});
}

// What of `listing` is on `disk`.
PoisonListing OnDisk(const std::string& disk, PoisonListing listing) {
  std::erase_if(listing.poison, [&](const ListedPoison& listed) {
    return listed.disk != disk;
  });
  return listing;
}

// `listing`: the poison of `target` on `disk`, some.
ClearResult ClearOnDisk(const std::string& target, const std::string& disk,
                        PoisonListing listing, Journal& journal, bool force) {
  const auto device = DeviceOfDisk(disk);
  const auto media = device->OpenMedia(IsDevice(target));
  FileUnlisting files(device->disk());
  if (!IsDevice(target)) {
    files.Add(target);
    media->StoreBy(&files);
  }
  ClearResult result;
  result.unit_bytes = device->units().error_bytes;
  // What did not fit on the page that the kernel shows comes up when the rest
  // is cleared.
  for (; !listing.poison.empty(); listing = OnDisk(disk, ListPoison(target))) {
    if (!force) RequireOwn(listing, device->uuid(), journal.Entries(), target);
    const ClearResult cleared =
        ClearListed(listing.poison, device->uuid(), journal.Entries(), *media,
                    UnlistingOf(*device, files));
    result.restored_sectors += cleared.restored_sectors;
    result.zeroed_sectors += cleared.zeroed_sectors;
    if (!listing.cut) break;
  }
  JournalLock lock(journal);
  if (lock.TryAlone(std::chrono::milliseconds(0)))
    ForgetRepaired(journal, *device, *media);
  return result;
}

}  // namespace

ClearResult ClearPoison(const std::string& target, Journal& journal,
                        bool force) {
  RequireAdminFor(target, "clearing poison");
  RequireNoCopy(target);
  const PoisonListing listing = ListPoison(target);
  if (!listing.unknown.empty())
    throw Error({.thing = "the poison of " + target,
                 .cause = "cannot all be located (" + listing.unknown.front() +
                          "), so none was cleared"});
  // Device mapper spreads a file over several.
  std::set<std::string> disks;
  for (const ListedPoison& listed : listing.poison) disks.insert(listed.disk);
  ClearResult result;
  for (const std::string& disk : disks) {
    const ClearResult cleared =
        ClearOnDisk(target, disk, OnDisk(disk, listing), journal, force);
    result.restored_sectors += cleared.restored_sectors;
    result.zeroed_sectors += cleared.zeroed_sectors;
    result.unit_bytes = cleared.unit_bytes;
  }
  return result;
}

}  // namespace daxmend
