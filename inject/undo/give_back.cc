// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/give_back.h"

#include <algorithm>

namespace daxmend {
namespace {

// What is made good at once: pages of a disk.
std::vector<UnitRange> PagesOf(const std::vector<UnitRange>& units,
                               uint64_t in_page) {
  std::vector<UnitRange> pages;
  for (UnitRange r : units)
    for (UnitRange all = AlignOut(r, in_page); !all.empty();
         all.begin += in_page) {
      const UnitRange page = UnitRange::OfLength(all.begin, in_page);
      if (pages.empty() || pages.back() != page) pages.push_back(page);
    }
  return pages;
}

// Unlists the pages of `listed` in which nothing is bad but what was kept:
// unlisting takes all of a page off the list, and what poisoned the rest may
// have changed its bytes. What is not in `listed` is put on the list again.
void UnlistPages(const std::vector<UnitRange>& listed, const KeptBytes& kept,
                 DeviceMedia& disk, Unlisting& unlisting) {
  std::vector<UnitRange> pages = PagesOf(listed, disk.units().in_repair());
  const std::vector<UnitRange> bad = BadAmong(Normalize(pages), disk);
  std::erase_if(pages, [&](UnitRange page) {
    const std::vector<UnitRange> in_page = IntersectAll(page, bad);
    return std::any_of(in_page.begin(), in_page.end(), [&](UnitRange r) {
      return !Subtract(r, kept.sectors()).empty();
    });
  });
  for (UnitRange page : unlisting.Unlist(pages))
    for (UnitRange in_page : IntersectAll(page, bad))
      for (UnitRange other : Subtract(in_page, listed)) disk.List(other);
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
    UnitRange range,
    const std::function<void(UnitRange, std::string_view)>& visit) const {
  std::vector<UnitRange> left = {range};
  for (auto entry = entries_.rbegin();
       entry != entries_.rend() && !left.empty(); ++entry) {
    std::vector<UnitRange> rest;
    for (UnitRange r : left) {
      for (UnitRange part : IntersectAll(r, (*entry)->sectors))
        visit(part, (*entry)->ContentOf(part));
      for (UnitRange part : Subtract(r, (*entry)->sectors))
        rest.push_back(part);
    }
    left = std::move(rest);
  }
}

GivenBack GiveBack(const std::vector<UnitRange>& sectors, const KeptBytes& kept,
                   DeviceMedia& disk, Unlisting* unlisting) {
  GivenBack back;
  std::vector<UnitRange> listed = BadAmong(sectors, disk);
  if (unlisting && !listed.empty()) {
    UnlistPages(listed, kept, disk, *unlisting);
    const std::vector<UnitRange> left = BadAmong(listed, disk);
    back.by_media = SubtractAll(listed, left);
    listed = left;
  }
  // Page by page, and only what is bad at that moment.
  for (UnitRange page : PagesOf(listed, disk.units().in_repair())) {
    std::vector<UnitRange> ours;
    for (UnitRange bad : BadAmong(IntersectAll(page, listed), disk))
      kept.ForNewest(bad, [&](UnitRange part, std::string_view bytes) {
        if (disk.ReadsBelowPoison()) {
          disk.Write(part, disk.Read(part));
          back.by_media.push_back(part);
          return;
        }
        disk.Write(part, bytes);
        ours.push_back(part);
      });
    back.by_journal.insert(back.by_journal.end(), ours.begin(), ours.end());
  }
  back.by_media = Normalize(std::move(back.by_media));
  back.by_journal = Normalize(std::move(back.by_journal));
  return back;
}

}  // namespace daxmend
