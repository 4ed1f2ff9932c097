// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <memory>

#include "core/error.h"
#include "device/devices.h"
#include "inject/privilege.h"
#include "inject/undo/give_back.h"
#include "inject/undo/undo.h"
#include "system/dax_file.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

bool IsCharacter(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 && S_ISCHR(st.st_mode);
}

bool IsDevice(const std::string& path) {
  struct stat st;
  return IsCharacter(path) ||
         (stat(path.c_str(), &st) == 0 && S_ISBLK(st.st_mode));
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

// A block device that is cleared must not be in use. It is claimed by its own
// node: a device-mapper device claims the disk below it itself.
FileDescriptor Claim(const std::string& target) {
  struct stat st;
  if (stat(target.c_str(), &st) != 0 || !S_ISBLK(st.st_mode)) return {};
  FileDescriptor fd(open(target.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
  if (!fd && errno == EBUSY)
    throw Error({.thing = target,
                 .cause = "is in use (mounted, or held by another program)",
                 .way_out = "name the file instead, or unmount it"});
  if (!fd) throw ErrnoError("open " + target, errno);
  return fd;
}

// What of `listing` is on `disk`.
PoisonListing OnDisk(const std::string& disk, const PoisonListing& listing) {
  PoisonListing part{.poison = {}, .cut = listing.cut};
  for (const ListedPoison& listed : listing.poison)
    if (listed.disk == disk) part.poison.push_back(listed);
  return part;
}

// A disk that the target is on, open for clearing.
class ClearedDisk {
 public:
  ClearedDisk(const std::string& disk, const std::string& target)
      : device_(DeviceOfDisk(disk)),
        // Character devices (device-dax) are claimed so, if at all.
        media_(device_->OpenMedia(IsCharacter(target))),
        files_(device_->disk()) {
    if (IsDevice(target)) return;
    files_.Add(target);
    media_->StoreBy(&files_);
  }

  uint64_t unit_bytes() const { return device_->units().error_bytes; }

  void RequireOwn(const PoisonListing& listing, const Journal& journal,
                  const std::string& target) const {
    daxmend::RequireOwn(OnDisk(device_->disk(), listing), device_->uuid(),
                        journal.Entries(), target);
  }

  ClearResult Clear(const PoisonListing& listing, const Journal& journal) {
    return ClearListed(OnDisk(device_->disk(), listing).poison, device_->uuid(),
                       journal.Entries(), *media_,
                       UnlistingOf(*device_, files_));
  }

  void ForgetRepaired(Journal& journal) {
    daxmend::ForgetRepaired(journal, *device_, *media_);
  }

 private:
  std::unique_ptr<PoisonDevice> device_;
  std::unique_ptr<DeviceMedia> media_;
  FileUnlisting files_;
};

// `none_yet`: nothing was cleared before.
void RequireAllLocated(const PoisonListing& listing, const std::string& target,
                       bool none_yet) {
  if (!listing.unknown.empty())
    throw Error({.thing = "the poison of " + target,
                 .cause = "cannot all be located (" + listing.unknown.front() +
                          ")" + (none_yet ? ", so none was cleared" : "")});
  // Of a file what is not shown was looked for, and of all of a disk something
  // is shown while there is more.
  struct stat st;
  if (listing.cut && listing.poison.empty() && stat(target.c_str(), &st) == 0 &&
      !S_ISREG(st.st_mode))
    throw Error(
        {.thing = "the poison of " + target,
         .cause = "may be behind what the kernel shows of a list that is too "
                  "long, in which others come first",
         .way_out = "clear those, or name each file"});
}

}  // namespace

ClearResult ClearAll(const std::string& target,
                     const std::function<PoisonListing()>& list,
                     Journal& journal, bool force) {
  // Device mapper spreads a file over several.
  std::map<std::string, ClearedDisk> disks;
  ClearResult result;
  // What did not fit on the page that the kernel shows comes up when the rest
  // is cleared.
  for (bool more = true; more;) {
    const PoisonListing listing = list();
    RequireAllLocated(listing, target, disks.empty());
    for (const ListedPoison& listed : listing.poison)
      disks.try_emplace(listed.disk, listed.disk, target);
    if (!force)
      for (const auto& [name, disk] : disks)
        disk.RequireOwn(listing, journal, target);
    for (auto& [name, disk] : disks) {
      const ClearResult cleared = disk.Clear(listing, journal);
      result.restored_sectors += cleared.restored_sectors;
      result.zeroed_sectors += cleared.zeroed_sectors;
      result.unit_bytes = disk.unit_bytes();
    }
    more = listing.cut && !listing.poison.empty();
  }
  if (disks.empty()) return result;
  JournalLock lock(journal);
  if (lock.TryAlone(std::chrono::milliseconds(0)))
    for (auto& [name, disk] : disks) disk.ForgetRepaired(journal);
  return result;
}

ClearResult ClearPoison(const std::string& target, Journal& journal,
                        bool force) {
  RequireAdminFor(target, "clearing poison");
  RequireNoCopy(target);
  const FileDescriptor claim = Claim(target);
  return ClearAll(
      target, [&] { return ListPoison(target); }, journal, force);
}

}  // namespace daxmend
