// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/give_back.h"

#include <algorithm>

namespace daxmend {
namespace {

constexpr uint64_t kPageSectors = kPageBytes / kSectorBytes;

std::vector<SectorRange> PagesOf(const std::vector<SectorRange>& sectors) {
  std::vector<SectorRange> pages;
  for (SectorRange r : sectors)
    for (SectorRange all = AlignOut(r, kPageSectors); !all.empty();
         all.begin += kPageSectors) {
      const SectorRange page = SectorRange::OfLength(all.begin, kPageSectors);
      if (pages.empty() || pages.back() != page) pages.push_back(page);
    }
  return pages;
}

// Unlists the pages of `listed` in which nothing is bad but what was kept:
// unlisting takes all of a page off the list, and what poisoned the rest may
// have changed its bytes. What is not in `listed` is put on the list again.
void UnlistPages(const std::vector<SectorRange>& listed, const KeptBytes& kept,
                 DiskSectors& disk, Unlisting& unlisting) {
  std::vector<SectorRange> pages = PagesOf(listed);
  const std::vector<SectorRange> bad = BadAmong(Normalize(pages), disk);
  std::erase_if(pages, [&](SectorRange page) {
    const std::vector<SectorRange> in_page = IntersectAll(page, bad);
    return std::any_of(in_page.begin(), in_page.end(), [&](SectorRange r) {
      return !Subtract(r, kept.sectors()).empty();
    });
  });
  for (SectorRange page : unlisting.Unlist(pages))
    for (SectorRange in_page : IntersectAll(page, bad))
      for (SectorRange other : Subtract(in_page, listed)) disk.List(other);
}

// What of `before` is not in `after`; both normalized.
std::vector<SectorRange> Gone(const std::vector<SectorRange>& before,
                              const std::vector<SectorRange>& after) {
  std::vector<SectorRange> gone;
  for (SectorRange r : before)
    for (SectorRange part : Subtract(r, after)) gone.push_back(part);
  return gone;
}

}  // namespace

KeptBytes::KeptBytes(std::vector<const JournalEntry*> entries)
    : entries_(std::move(entries)) {
  for (const JournalEntry* entry : entries_)
    sectors_.insert(sectors_.end(), entry->sectors.begin(),
                    entry->sectors.end());
  sectors_ = Normalize(std::move(sectors_));
}

void KeptBytes::ForNewest(
    SectorRange range,
    const std::function<void(SectorRange, std::string_view)>& visit) const {
  std::vector<SectorRange> left = {range};
  for (auto entry = entries_.rbegin();
       entry != entries_.rend() && !left.empty(); ++entry) {
    std::vector<SectorRange> rest;
    for (SectorRange r : left) {
      for (SectorRange part : IntersectAll(r, (*entry)->sectors))
        visit(part, (*entry)->ContentOf(part));
      for (SectorRange part : Subtract(r, (*entry)->sectors))
        rest.push_back(part);
    }
    left = std::move(rest);
  }
}

GivenBack GiveBack(const std::vector<SectorRange>& sectors,
                   const KeptBytes& kept, DiskSectors& disk,
                   Unlisting* unlisting) {
  GivenBack back;
  std::vector<SectorRange> listed = BadAmong(sectors, disk);
  if (unlisting && !listed.empty()) {
    UnlistPages(listed, kept, disk, *unlisting);
    const std::vector<SectorRange> left = BadAmong(listed, disk);
    back.by_media = Gone(listed, left);
    listed = left;
  }
  // Page by page, and only what is bad at that moment.
  for (SectorRange page : PagesOf(listed)) {
    std::vector<SectorRange> ours;
    for (SectorRange bad : BadAmong(IntersectAll(page, listed), disk))
      kept.ForNewest(bad, [&](SectorRange part, std::string_view bytes) {
        disk.Write(part, bytes);
        ours.push_back(part);
      });
    back.by_journal.insert(back.by_journal.end(), ours.begin(), ours.end());
  }
  back.by_journal = Normalize(std::move(back.by_journal));
  return back;
}

}  // namespace daxmend
