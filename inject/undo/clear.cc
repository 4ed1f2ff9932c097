// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <sys/stat.h>

#include "core/error.h"
#include "device/nvdimm_namespace.h"
#include "inject/privilege.h"
#include "inject/undo/give_back.h"
#include "inject/undo/undo.h"

namespace daxmend {
namespace {

bool IsBlockDevice(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 && S_ISBLK(st.st_mode);
}

}  // namespace

ClearResult ClearListed(const std::vector<ListedPoison>& poison,
                        const std::string& namespace_uuid,
                        const std::vector<JournalEntry>& entries,
                        DiskSectors& disk, Unlisting* unlisting) {
  std::vector<const JournalEntry*> ours;
  for (const JournalEntry& entry : entries)
    if (entry.namespace_uuid == namespace_uuid) ours.push_back(&entry);
  const KeptBytes kept(std::move(ours));
  std::vector<SectorRange> known, unknown;
  for (const ListedPoison& listed : poison) {
    for (SectorRange part : IntersectAll(listed.sectors, kept.sectors()))
      known.push_back(part);
    for (SectorRange part : Subtract(listed.sectors, kept.sectors()))
      unknown.push_back(part);
  }
  const GivenBack back =
      GiveBack(Normalize(std::move(known)), kept, disk, unlisting);
  ClearResult result{.restored_sectors = TotalLength(back.by_media) +
                                         TotalLength(back.by_journal),
                     .zeroed_sectors = 0};
  // Only what is bad still: it may have been repaired meanwhile.
  for (SectorRange range : unknown)
    for (SectorRange bad : BadAmong({range}, disk)) {
      disk.Write(bad, std::string(bad.length() * kSectorBytes, '\0'));
      result.zeroed_sectors += bad.length();
    }
  for (const ListedPoison& listed : poison)
    if (!BadAmong({listed.sectors}, disk).empty())
      throw Error("sector " + std::to_string(listed.sectors.begin) +
                  " of /dev/" + listed.disk +
                  " is still bad after it was rewritten: the firmware does not "
                  "clear it");
  return result;
}

void RequireOwn(const PoisonListing& listing, const std::string& namespace_uuid,
                const std::vector<JournalEntry>& entries,
                const std::string& target) {
  for (const ListedPoison& listed : listing.poison) {
    if (!listed.shared) continue;
    std::vector<SectorRange> kept;
    for (const JournalEntry& entry : entries)
      if (entry.namespace_uuid == namespace_uuid)
        kept.insert(kept.end(), entry.sectors.begin(), entry.sectors.end());
    if (Subtract(listed.sectors, Normalize(std::move(kept))).empty()) continue;
    throw Error(target + " at offset " + std::to_string(listed.file->begin) +
                " shares its blocks with another file (reflink), in which the "
                "sectors would be zero-filled, too: punch the range out of "
                "this file to free it of them, or pass --force to clear "
                "them in all");
  }
}

ClearResult ClearPoison(const std::string& target, Journal& journal,
                        bool force) {
  RequireAdmin("clearing poison");
  PoisonListing listing = ListPoison(target);
  if (!listing.unknown.empty())
    throw Error(listing.unknown.front() +
                ", so poison there cannot be cleared: nothing was");
  if (listing.poison.empty()) return {};
  auto ndns = NvdimmNamespace::OfDisk(listing.poison.front().disk);
  BlockDiskSectors disk(ndns->disk(), IsBlockDevice(target));
  FileUnlisting files(ndns->disk());
  if (!IsBlockDevice(target)) files.Add(target);
  ClearResult result;
  // What did not fit on the page that the kernel shows comes up when the rest
  // is cleared.
  for (; !listing.poison.empty(); listing = ListPoison(target)) {
    if (!force) RequireOwn(listing, ndns->uuid(), journal.Entries(), target);
    const ClearResult cleared =
        ClearListed(listing.poison, ndns->uuid(), journal.Entries(), disk,
                    ndns->ClearingKeepsBytes() ? &files : nullptr);
    result.restored_sectors += cleared.restored_sectors;
    result.zeroed_sectors += cleared.zeroed_sectors;
    if (!listing.cut) break;
  }
  JournalLock lock(journal);
  if (lock.TryAlone(std::chrono::milliseconds(0)))
    ForgetRepaired(journal, *ndns, disk);
  return result;
}

}  // namespace daxmend
