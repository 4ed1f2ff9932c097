// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/page_repair.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "core/profile_mark.h"
#include "recovery/retry.h"

namespace daxmend {
namespace {

// Where the poison of `pages` lies.
std::vector<DeviceRange> PoisonOnDevice(const Layout& layout, FileRange pages) {
  std::vector<DeviceRange> out;
  for (const Extent& extent : layout.extents)
    for (FileRange bad :
         IntersectAll(Intersect(pages, extent.file), layout.poison))
      out.push_back(DeviceRange::OfLength(
          extent.device_begin + (bad.begin - extent.file.begin), bad.length()));
  return Normalize(std::move(out));
}

// `layout` says of each part of `pages` whose it is and what is bad.
bool SameIn(FileRange pages, const Layout& a, const Layout& b) {
  if (IntersectAll(pages, a.poison) != IntersectAll(pages, b.poison))
    return false;
  const auto places = [&](const Layout& layout) {
    std::vector<std::pair<FileRange, uint64_t>> out;
    for (const Extent& extent : layout.extents) {
      const FileRange both = Intersect(pages, extent.file);
      if (!both.empty())
        out.emplace_back(
            both, extent.device_begin + (both.begin - extent.file.begin));
    }
    return out;
  };
  return places(a) == places(b);
}

}  // namespace

PageRepair::PageRepair(Media* media, Strategy repair, RecoveryClock now,
                       WindowObserver window)
    : media_(media),
      repair_(repair),
      now_(std::move(now)),
      window_(std::move(window)) {
  // Room for one page, so that the first recovery does not pay for it. Where
  // there is none now there may be later.
  if (repair_ == Strategy::kPunch) media_->Reserve(kPageBytes);
}

Repaired PageRepair::Write(FileRange pages, std::span<const std::byte> from,
                           const Layout& layout) {
  Repaired out;
  switch (repair_) {
    case Strategy::kClear:
      ClearAndWrite(pages, from, layout, &out);
      break;
    case Strategy::kPunch:
      PunchAndWrite(pages, from, layout, &out);
      break;
    case Strategy::kNone:
    case Strategy::kWrite:
    case Strategy::kFlag:
      WriteOn(pages, from, layout, &out);
      break;
  }
  return out;
}

bool PageRepair::Unchanged(FileRange pages, const Layout& layout) try {
  Layout now;
  return Retry([&] { return media_->Locate(pages, &now); }) == 0 &&
         SameIn(pages, layout, now);
} catch (const std::bad_alloc&) {
  return false;
}

void PageRepair::WriteOn(FileRange pages, std::span<const std::byte> from,
                         const Layout& layout, Repaired* out) {
  // All of the pages was cleared or punched, not only the one that a write
  // stops in.
  const bool all = out->emptied;
  out->step = Step::kWrite;
  for (int tries = 0; out->done < from.size() && tries < kTries; ++tries) {
    const uint64_t at = pages.begin + out->done;
    const std::span<const std::byte> rest = from.subspan(out->done);
    const ssize_t n = repair_ == Strategy::kFlag
                          ? media_->WriteFlagged(at, rest)
                          : media_->WriteFile(at, rest);
    const uint64_t written = n > 0 ? static_cast<uint64_t>(n) : 0;
    out->error = n < 0 ? static_cast<int>(-n) : EIO;
    out->reached = std::max(out->reached, out->done + written);
    // A page that was begun is written again from its beginning: it may still
    // be poisoned, and then takes nothing less.
    const uint64_t whole = written / kPageBytes * kPageBytes;
    if (whole > 0) {
      out->done += whole;
      tries = -1;
      out->emptied = all;
    }
    if (written > whole) {
      out->emptied = true;
    } else if (whole == 0 && !out->emptied && !IsTransient(-out->error)) {
      // The kernel refuses, and the caller may know better what to do; unless
      // the page is not poisoned any more, and has undefined contents.
      if (Unchanged({at, at + kPageBytes}, layout)) return;
      out->emptied = true;
    }
    if (out->error == ENOSPC) media_->Release();
  }
  if (out->done == from.size()) {
    out->error = 0;
    out->emptied = false;
    return;
  }
  // Interrupted, or short of memory, every time: one of these writes may have
  // cleared the poison before it failed, as one that is refused may.
  const uint64_t at = pages.begin + out->done;
  if (!out->emptied && !Unchanged({at, at + kPageBytes}, layout))
    out->emptied = true;
}

void PageRepair::ClearAndWrite(FileRange pages, std::span<const std::byte> from,
                               const Layout& layout, Repaired* out) {
  uint64_t cleared = 0;
  for (DeviceRange bad : PoisonOnDevice(layout, pages)) {
    int64_t n = 0;
    const int error = Retry([&] {
      n = media_->ClearErrors(bad);
      return n < 0 ? static_cast<int>(n) : 0;
    });
    if (n > 0 && !out->emptied) {
      out->emptied = true;
      MarkProfile<ProfileMark::kWindowBegins>();
      cleared = now_();
    }
    if (n == static_cast<int64_t>(bad.length())) continue;
    out->step = Step::kClear;
    out->error = error < 0 ? -error : EIO;
    if (!out->emptied) return;
    // A part is clear, and has undefined contents: it has to be written, and
    // the kernel clears the rest if it can.
    break;
  }
  const bool open = out->emptied;
  WriteOn(pages, from, layout, out);
  if (!open || !window_) return;
  MarkProfile<ProfileMark::kWindowEnds>();
  window_(now_() - cleared);
}

void PageRepair::PunchAndWrite(FileRange pages, std::span<const std::byte> from,
                               const Layout& layout, Repaired* out) {
  const std::vector<DeviceRange> bad = PoisonOnDevice(layout, pages);
  out->step = Step::kReserve;
  out->error = -Retry([&] { return media_->Reserve(pages.length()); });
  if (out->error != 0) return;
  out->step = Step::kPunch;
  // Entered now, because later there may be no memory for it.
  given_up_.insert(given_up_.end(), bad.begin(), bad.end());
  out->error = -Retry([&] { return media_->Punch(pages); });
  if (out->error != 0 && Unchanged(pages, layout)) {
    given_up_.resize(given_up_.size() - bad.size());
    return;
  }
  MarkProfile<ProfileMark::kWindowBegins>();
  const uint64_t punched = now_();
  out->emptied = out->punched = true;
  WriteOn(pages, from, layout, out);
  if (!window_) return;
  MarkProfile<ProfileMark::kWindowEnds>();
  window_(now_() - punched);
}

uint64_t PageRepair::LeftSectors() {
  given_up_ = Normalize(std::move(given_up_));
  std::vector<DeviceRange> listed;
  if (given_up_.empty() || media_->Listed(&listed) != 0) return 0;
  uint64_t left = 0;
  for (DeviceRange place : given_up_)
    left += TotalLength(IntersectAll(place, listed)) / media_->Unit();
  return left;
}

}  // namespace daxmend
