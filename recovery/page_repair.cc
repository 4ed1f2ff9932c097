// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/page_repair.h"

#include <cerrno>
#include <utility>

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

}  // namespace

PageRepair::PageRepair(Media* media, Repair repair, RecoveryClock now,
                       WindowObserver window)
    : media_(media),
      repair_(repair),
      now_(std::move(now)),
      window_(std::move(window)) {}

ssize_t PageRepair::Write(FileRange pages, std::span<const std::byte> from,
                          const Layout& layout, Step* step) {
  *step = Step::kWrite;
  switch (repair_) {
    case Repair::kWrite:
      break;
    case Repair::kFlag:
      return media_->WriteFlagged(pages.begin, from);
    case Repair::kClear:
      return ClearAndWrite(pages, from, layout, step);
    case Repair::kPunch:
      return PunchAndWrite(pages, from, layout, step);
  }
  return media_->WriteFile(pages.begin, from);
}

ssize_t PageRepair::ClearAndWrite(FileRange pages,
                                  std::span<const std::byte> from,
                                  const Layout& layout, Step* step) {
  uint64_t cleared = 0;
  bool open = false;
  ssize_t result = 0;
  for (DeviceRange bad : PoisonOnDevice(layout, pages)) {
    const int64_t n = media_->ClearErrors(bad);
    if (n > 0 && !open) {
      open = true;
      cleared = now_();
    }
    if (n == static_cast<int64_t>(bad.length())) continue;
    *step = Step::kClear;
    result = n < 0 ? static_cast<ssize_t>(n) : -EIO;
    break;
  }
  if (result == 0) result = media_->WriteFile(pages.begin, from);
  if (open && window_) window_(now_() - cleared);
  return result;
}

ssize_t PageRepair::PunchAndWrite(FileRange pages,
                                  std::span<const std::byte> from,
                                  const Layout& layout, Step* step) {
  std::vector<DeviceRange> bad = PoisonOnDevice(layout, pages);
  if (const int error = media_->Punch(pages); error != 0) {
    *step = Step::kPunch;
    return error;
  }
  const uint64_t punched = now_();
  given_up_.insert(given_up_.end(), bad.begin(), bad.end());
  const ssize_t result = media_->WriteFile(pages.begin, from);
  if (window_) window_(now_() - punched);
  return result;
}

uint64_t PageRepair::LeftSectors() {
  given_up_ = Normalize(std::move(given_up_));
  std::vector<DeviceRange> listed;
  if (given_up_.empty() || media_->Listed(&listed) != 0) return 0;
  uint64_t left = 0;
  for (DeviceRange place : given_up_)
    left += TotalLength(IntersectAll(place, listed)) / kSectorBytes;
  return left;
}

}  // namespace daxmend
