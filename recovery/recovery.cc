// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/recovery.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace daxmend {
namespace {

// Pages that are saved and written at a time.
constexpr uint64_t kScratchBytes = 64 * kPageBytes;

// Poison may move or be found while one works. This often it is looked at anew
// before the I/O fails.
constexpr int kRounds = 3;

// The part of `layout` that lies in `part`, as Media::Locate would give it.
Layout Clip(const Layout& layout, FileRange part) {
  Layout out;
  out.size = layout.size;
  out.poison = IntersectAll(part, layout.poison);
  for (Extent extent : layout.extents) {
    const FileRange both = Intersect(part, extent.file);
    if (both.empty()) continue;
    extent.device_begin += both.begin - extent.file.begin;
    extent.file = both;
    out.extents.push_back(extent);
  }
  return out;
}

// `runs` cut into pieces that fit the scratch memory.
std::vector<FileRange> Cut(const std::vector<FileRange>& runs) {
  std::vector<FileRange> out;
  for (FileRange run : runs)
    for (uint64_t at = run.begin; at < run.end; at += kScratchBytes)
      out.push_back({at, std::min(run.end, at + kScratchBytes)});
  return out;
}

class PageLock {
 public:
  PageLock(Media* media, FileRange range)
      : media_(media),
        pages_(AlignOut(range, kPageBytes)),
        error_(media->Lock(pages_)) {}
  ~PageLock() {
    if (error_ == 0) media_->Unlock(pages_);
  }
  PageLock(const PageLock&) = delete;
  PageLock& operator=(const PageLock&) = delete;
  int error() const { return error_; }

 private:
  Media* const media_;
  const FileRange pages_;
  const int error_;
};

}  // namespace

bool IsPoisonError(int error, bool write) {
  return error == EIO || error == EHWPOISON || (write && error == EFAULT);
}

void Recovery::Free::operator()(std::byte* p) const { std::free(p); }

Recovery::Recovery(Media* media, Clock now, Repair repair)
    : media_(media),
      now_(std::move(now)),
      repair_(repair),
      scratch_(static_cast<std::byte*>(
          std::aligned_alloc(kPageBytes, kScratchBytes))) {
  if (!scratch_) throw std::bad_alloc();
  // Touched now, so that the first recovery does not pay for it.
  std::memset(scratch_.get(), 0, kScratchBytes);
}

int Recovery::LookAt(FileRange range, FileRange replaced, Look* look) try {
  const int error = media_->Locate(AlignOut(range, kPageBytes), &look->layout);
  if (error == 0) look->plan = PlanSalvage(look->layout, range, replaced);
  return error;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

void Recovery::ReadGood(const ExtentMap::Piece& piece, const Run& run,
                        Outcome* outcome) {
  std::byte* to = scratch_.get() + (piece.file.begin - run.pages.begin);
  const uint64_t length = piece.file.length();
  if (media_->ReadDevice(piece.device, {to, length}) ==
      static_cast<ssize_t>(length)) {
    outcome->salvaged_sectors += length / kSectorBytes;
    return;
  }
  // There is poison that is not in the list: take what answers, sector by
  // sector.
  for (uint64_t at = 0; at < length; at += kSectorBytes) {
    const auto sector =
        DeviceRange::OfLength(piece.device.begin + at, kSectorBytes);
    if (media_->ReadDevice(sector, {to + at, kSectorBytes}) ==
        static_cast<ssize_t>(kSectorBytes))
      ++outcome->salvaged_sectors;
    else
      FillLost(FileRange::OfLength(piece.file.begin + at, kSectorBytes), run,
               outcome);
  }
}

void Recovery::FillLost(FileRange lost, const Run& run, Outcome* outcome) {
  for (uint64_t at = lost.begin; at < lost.end; at += kSectorBytes) {
    std::byte* to = scratch_.get() + (at - run.pages.begin);
    // The file's last sector need not be whole.
    const FileRange sector =
        Intersect(FileRange::OfLength(at, kSectorBytes), run.data);
    if (media_->ReadBackup(at, {to, sector.length()}) ==
        static_cast<ssize_t>(sector.length())) {
      ++outcome->backup_sectors;
    } else {
      std::memset(to, 0, kSectorBytes);
      ++outcome->lost_sectors;
      outcome->lost_bytes +=
          sector.length() - Intersect(sector, run.fresh).length();
    }
  }
}

int Recovery::Rewrite(const Look& look, FileRange pages, uint64_t fresh_offset,
                      std::span<const std::byte> fresh, Outcome* outcome) try {
  const uint64_t begun = now_();
  Outcome counts;
  const Run run = {
      pages, Intersect(pages, {0, look.layout.size}),
      Intersect(pages, FileRange::OfLength(fresh_offset, fresh.size()))};
  std::memset(scratch_.get(), 0, pages.length());
  for (const ExtentMap::Piece& piece : look.plan.good) {
    const FileRange part = Intersect(pages, piece.file);
    if (part.empty()) continue;
    ReadGood({part, DeviceRange::OfLength(
                        piece.device.begin + (part.begin - piece.file.begin),
                        part.length())},
             run, &counts);
  }
  for (FileRange lost : IntersectAll(pages, look.plan.lost))
    FillLost(lost, run, &counts);
  if (!run.fresh.empty())
    std::memcpy(scratch_.get() + (run.fresh.begin - pages.begin),
                fresh.data() + (run.fresh.begin - fresh_offset),
                run.fresh.length());

  // What was saved must not overwrite anything newer: whoever wrote to these
  // pages meanwhile has repaired them, and that shows in the list.
  Layout now;
  int error = media_->Locate(pages, &now);
  const Layout before = Clip(look.layout, pages);
  const uint64_t saved = now_();
  outcome->salvage_ns += saved - begun;
  if (error != 0) return error;
  if (now != before) return -EAGAIN;

  error = Prepare(pages);
  if (error != 0) return error;
  const ssize_t n =
      media_->WriteFile(pages.begin, {scratch_.get(), pages.length()});
  if (n != static_cast<ssize_t>(pages.length())) {
    outcome->repair_ns += now_() - saved;
    return n < 0 ? static_cast<int>(n) : -EAGAIN;
  }
  const uint64_t size =
      std::max(look.layout.size, run.fresh.empty() ? 0 : run.fresh.end);
  if (pages.end > size && media_->Size() == static_cast<int64_t>(pages.end))
    error = media_->Truncate(size);
  outcome->repair_ns += now_() - saved;
  outcome->salvaged_sectors += counts.salvaged_sectors;
  outcome->backup_sectors += counts.backup_sectors;
  outcome->lost_sectors += counts.lost_sectors;
  outcome->lost_bytes += counts.lost_bytes;
  outcome->saved_bytes += run.data.length() -
                          Intersect(run.data, run.fresh).length() -
                          counts.lost_bytes;
  return error;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

Outcome Recovery::Read(uint64_t offset, std::span<std::byte> to,
                       ssize_t result) {
  Outcome outcome{.result = result};
  const auto range = FileRange::OfLength(offset, to.size());
  PageLock lock(media_, range);
  if (lock.error() != 0) {
    outcome.result = lock.error();
    return outcome;
  }
  uint64_t rewritten = 0;  // bytes of `range`
  for (int round = 0; round < kRounds; ++round) {
    Look look;
    const uint64_t begun = now_();
    int error = LookAt(range, {}, &look);
    outcome.salvage_ns += now_() - begun;
    for (FileRange run : Cut(look.plan.pages)) {
      if (error != 0) break;
      outcome.met_poison = true;
      error = Rewrite(look, run, 0, {}, &outcome);
      if (error == 0)
        rewritten +=
            Intersect(Intersect(run, range), {0, look.layout.size}).length();
    }
    if (error == -EAGAIN) continue;
    if (error != 0) {
      outcome.result = error;
      return outcome;
    }
    outcome.result = media_->ReadFile(offset, to);
    if (rewritten > 0 && outcome.result > 0)
      outcome.saved_bytes +=
          FileRange{rewritten, static_cast<uint64_t>(outcome.result)}.length();
    // An error where no poison is listed is not ours to repair.
    if (outcome.result >= 0 || look.plan.pages.empty() ||
        !IsPoisonError(static_cast<int>(-outcome.result), false))
      return outcome;
  }
  outcome.result = -EIO;
  return outcome;
}

int Recovery::Prepare(FileRange run) {
  return repair_ == Repair::kPunch ? media_->Punch(run) : 0;
}

size_t Recovery::WritePlain(uint64_t offset, std::span<const std::byte> from,
                            int* error, Outcome* outcome) {
  const uint64_t begun = now_();
  size_t done = 0;
  *error = 0;
  while (done < from.size() && *error == 0) {
    const ssize_t n = media_->WriteFile(offset + done, from.subspan(done));
    if (n > 0)
      done += static_cast<size_t>(n);
    else
      *error = n < 0 ? static_cast<int>(n) : -EIO;
  }
  outcome->repair_ns += now_() - begun;
  return done;
}

int Recovery::WriteRound(uint64_t offset, std::span<const std::byte> from,
                         size_t* done, bool* found, Outcome* outcome) {
  const auto whole = FileRange::OfLength(offset, from.size());
  Look look;
  const uint64_t begun = now_();
  int error = LookAt({offset + *done, whole.end}, whole, &look);
  outcome->salvage_ns += now_() - begun;
  if (error != 0) return error;
  *found = !look.layout.poison.empty();
  outcome->met_poison = outcome->met_poison || *found;
  // Everything before `end`, as it is.
  auto write_up_to = [&](uint64_t end) {
    const uint64_t at = offset + *done;
    if (at < end)
      *done += WritePlain(at, from.subspan(*done, end - at), &error, outcome);
  };
  std::vector<FileRange> runs = Cut(look.plan.pages);
  const auto rewritten = runs;
  runs.insert(runs.end(), look.plan.replaced.begin(), look.plan.replaced.end());
  std::sort(runs.begin(), runs.end());
  for (FileRange run : runs) {
    write_up_to(std::min(run.begin, whole.end));
    if (error == 0) {
      if (std::binary_search(rewritten.begin(), rewritten.end(), run))
        error = Rewrite(look, run, offset, from, outcome);
      else if (const uint64_t punched = now_(); (error = Prepare(run)) == 0) {
        outcome->repair_ns += now_() - punched;
        write_up_to(run.end);
      }
    }
    if (error != 0) return error;
    *done = std::max<uint64_t>(*done, std::min(run.end, whole.end) - offset);
  }
  write_up_to(whole.end);
  return error;
}

void Recovery::FinishWrite(uint64_t offset, std::span<const std::byte> from,
                           size_t done, Outcome* outcome) {
  int error = 0;
  for (int round = 0; round < kRounds && done < from.size(); ++round) {
    bool found = false;
    error = WriteRound(offset, from, &done, &found, outcome);
    if (error != -EAGAIN && !(found && IsPoisonError(-error, true))) break;
  }
  if (done > 0 || from.empty())
    outcome->result = static_cast<ssize_t>(done);
  else
    outcome->result = error == -EAGAIN ? -EIO : error;
}

Outcome Recovery::Write(uint64_t offset, std::span<const std::byte> from,
                        ssize_t result) {
  Outcome outcome{.result = result};
  PageLock lock(media_, FileRange::OfLength(offset, from.size()));
  if (lock.error() != 0)
    outcome.result = lock.error();
  else
    FinishWrite(offset, from, result > 0 ? static_cast<size_t>(result) : 0,
                &outcome);
  return outcome;
}

Outcome Recovery::Overwrite(uint64_t offset, std::span<const std::byte> from) {
  Outcome outcome;
  PageLock lock(media_, FileRange::OfLength(offset, from.size()));
  if (lock.error() != 0) {
    outcome.result = lock.error();
    return outcome;
  }
  if (repair_ != Repair::kWrite) {
    FinishWrite(offset, from, 0, &outcome);
    return outcome;
  }
  const uint64_t begun = now_();
  outcome.result = media_->WriteFile(offset, from);
  const uint64_t taken = now_() - begun;
  if (outcome.result == static_cast<ssize_t>(from.size())) {
    outcome.met_poison = true;
    outcome.repair_ns = taken;
  } else if (outcome.result >= 0 ||
             IsPoisonError(static_cast<int>(-outcome.result), true)) {
    outcome.detect_ns = taken;
    FinishWrite(offset, from,
                static_cast<size_t>(std::max<ssize_t>(outcome.result, 0)),
                &outcome);
  }
  return outcome;
}

}  // namespace daxmend
