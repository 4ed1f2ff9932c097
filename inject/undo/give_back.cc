// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/give_back.h"

#include <algorithm>
#include <cerrno>

#include "core/error.h"

namespace daxmend {
namespace {

// What is listed at once of what the list has no room for: half of what it
// holds.
constexpr uint64_t kListedAtOnce = 256;

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

// What of `sectors` the list has, in pages of which it shows everything.
std::vector<UnitRange> ListedInPagesSeen(const std::vector<UnitRange>& sectors,
                                         const PoisonView& view,
                                         uint64_t in_page) {
  std::vector<UnitRange> listed;
  if (view.units.empty()) return listed;
  const uint64_t end =
      view.cut ? view.units.back().end / in_page * in_page : UINT64_MAX;
  for (UnitRange range : sectors)
    for (UnitRange part : IntersectAll(Intersect(range, {0, end}), view.units))
      listed.push_back(part);
  return Normalize(std::move(listed));
}

void GiveBackListed(std::vector<UnitRange> listed, const KeptBytes& kept,
                    DeviceMedia& disk, Unlisting* unlisting, GivenBack& back) {
  if (unlisting) {
    UnlistPages(listed, kept, disk, *unlisting);
    const std::vector<UnitRange> left = BadAmong(listed, disk);
    for (UnitRange good : SubtractAll(listed, left))
      back.by_media.push_back(good);
    listed = left;
  }
  // Page by page, and only what is bad at that moment.
  for (UnitRange page : PagesOf(listed, disk.units().in_repair()))
    for (UnitRange bad : BadAmong(IntersectAll(page, listed), disk))
      kept.ForNewest(bad, [&](UnitRange part, std::string_view bytes) {
        const bool below = disk.ReadsBelowPoison();
        disk.Write(part, below ? disk.Read(part) : bytes);
        (below ? back.by_media : back.by_journal).push_back(part);
      });
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

uint64_t ListSome(const std::vector<UnitRange>& units, DeviceMedia& disk) {
  uint64_t listed = 0;
  for (UnitRange range : units)
    for (uint64_t at = range.begin; at < range.end; ++at, ++listed) try {
        if (listed == kListedAtOnce) return listed;
        disk.List({at, at + 1});
      } catch (const Error& e) {
        if (e.code() != ENOSPC) throw;
        return listed;
      }
  return listed;
}

GivenBack GiveBack(const std::vector<UnitRange>& sectors, const KeptBytes& kept,
                   DeviceMedia& disk, Unlisting* unlisting) {
  GivenBack back;
  // Each is tried once, whoever lists it again.
  std::vector<UnitRange> done;
  const auto left_of = [&](const std::vector<UnitRange>& some) {
    return SubtractAll(some, done);
  };
  for (;;) {
    const PoisonView view = disk.Poison();
    std::vector<UnitRange> bad =
        left_of(ListedInPagesSeen(sectors, view, disk.units().in_repair()));
    if (bad.empty() && view.cut) bad = left_of(BadAmong(sectors, disk));
    if (bad.empty()) {
      const UnitRange seen{0, view.cut && !view.units.empty()
                                  ? view.units.back().end
                                  : UINT64_MAX};
      const std::vector<UnitRange> taken = left_of(UnreadableAmong(
          SubtractAll(IntersectAll(seen, sectors), view.units), disk));
      if (ListSome(taken, disk) != 0) bad = left_of(BadAmong(taken, disk));
    }
    if (bad.empty()) break;
    done.insert(done.end(), bad.begin(), bad.end());
    done = Normalize(std::move(done));
    GiveBackListed(std::move(bad), kept, disk, unlisting, back);
  }
  back.by_media = Normalize(std::move(back.by_media));
  back.by_journal = Normalize(std::move(back.by_journal));
  return back;
}

}  // namespace daxmend
