// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/recovery.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <vector>

namespace daxmend {
namespace {

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

// `runs` cut into pieces that are saved and written at a time.
std::vector<FileRange> Cut(const std::vector<FileRange>& runs) {
  std::vector<FileRange> out;
  for (FileRange run : runs)
    for (uint64_t at = run.begin; at < run.end; at += Salvage::kCapacity)
      out.push_back({at, std::min(run.end, at + Salvage::kCapacity)});
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

// What an I/O returns whose recovery failed.
int Fail(Step step, int error, Outcome* outcome) {
  outcome->failed = step;
  outcome->error = -error;
  return -EIO;
}

// Is a recovery that ended in `error` worth another look? The poison changed,
// or the repairing write met some that was not listed, or the firmware cleared
// less than it has.
bool WorthAnotherLook(int error, const Outcome& outcome) {
  return error == -EAGAIN || (error != 0 && outcome.failed == Step::kWrite &&
                              IsPoisonError(outcome.error, true));
}

}  // namespace

bool IsPoisonError(int error, bool write) {
  return error == EIO || error == EHWPOISON || (write && error == EFAULT);
}

Recovery::Recovery(Media* media, RecoveryClock now, Setup setup)
    : media_(media),
      now_(now),
      unit_(setup.salvage),
      salvage_(media),
      repair_(media, setup.repair, now, std::move(setup.window)) {}

int Recovery::LookAt(FileRange range, FileRange replaced, Look* look) try {
  const int error = media_->Locate(AlignOut(range, kPageBytes), &look->layout);
  if (error == 0)
    look->plan = PlanSalvage(look->layout, range, replaced, unit_);
  return error;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

int Recovery::Rewrite(const Look& look, FileRange pages, uint64_t fresh_offset,
                      std::span<const std::byte> fresh, Outcome* outcome) try {
  const uint64_t begun = now_();
  Salvaged counts;
  const std::span<const std::byte> content = salvage_.Assemble(
      look.plan, pages, look.layout.size, fresh_offset, fresh, &counts);

  // What was saved must not overwrite anything newer: whoever wrote to these
  // pages meanwhile has repaired them, and that shows in the list.
  Layout now;
  int error = media_->Locate(pages, &now);
  const Layout before = Clip(look.layout, pages);
  const uint64_t saved = now_();
  outcome->salvage_ns += saved - begun;
  if (error != 0) return Fail(Step::kLook, error, outcome);
  if (now != before) return -EAGAIN;

  Step step;
  const ssize_t n = repair_.Write(pages, content, now, &step);
  if (n == static_cast<ssize_t>(pages.length())) {
    const FileRange replaced =
        Intersect(pages, FileRange::OfLength(fresh_offset, fresh.size()));
    const uint64_t size =
        std::max(look.layout.size, replaced.empty() ? 0 : replaced.end);
    if (pages.end > size && media_->Size() == static_cast<int64_t>(pages.end) &&
        (error = media_->Truncate(size)) != 0)
      error = Fail(Step::kWrite, error, outcome);
    outcome->Add(counts);
  } else {
    error = n < 0 ? Fail(step, static_cast<int>(n), outcome) : -EAGAIN;
  }
  outcome->repair_ns += now_() - saved;
  return error;
} catch (const std::bad_alloc&) {
  return Fail(Step::kLook, -ENOMEM, outcome);
}

void Recovery::ReadByList(uint64_t offset, std::span<std::byte> to,
                          Outcome* outcome) {
  const auto range = FileRange::OfLength(offset, to.size());
  uint64_t rewritten = 0;  // bytes of `range`
  for (int round = 0; round < kRounds; ++round) {
    Look look;
    const uint64_t begun = now_();
    int error = LookAt(range, {}, &look);
    outcome->salvage_ns += now_() - begun;
    if (error != 0) error = Fail(Step::kLook, error, outcome);
    for (FileRange run : Cut(look.plan.pages)) {
      if (error != 0) break;
      outcome->met_poison = true;
      error = Rewrite(look, run, 0, {}, outcome);
      if (error == 0)
        rewritten +=
            Intersect(Intersect(run, range), {0, look.layout.size}).length();
    }
    if (WorthAnotherLook(error, *outcome)) continue;
    if (error != 0) {
      outcome->result = error;
      return;
    }
    outcome->failed = Step::kNone;
    const ssize_t n = media_->ReadFile(offset, to);
    outcome->result = n;
    const bool poison = n < 0 ? IsPoisonError(static_cast<int>(-n), false)
                              : offset + static_cast<uint64_t>(n) <
                                    std::min(range.end, look.layout.size);
    // An error where no poison is listed is not ours to repair.
    if (poison && !look.plan.pages.empty()) continue;
    if (rewritten > 0 && n > 0)
      outcome->saved_bytes +=
          FileRange{rewritten, static_cast<uint64_t>(n)}.length();
    return;
  }
  outcome->result = outcome->failed == Step::kNone
                        ? Fail(Step::kLook, -EAGAIN, outcome)
                        : -EIO;
}

void Recovery::ReadByFlag(uint64_t offset, std::span<std::byte> to,
                          Outcome* outcome) {
  uint64_t done = 0, rewritten = 0;
  for (int round = 0; done < to.size();) {
    const uint64_t begun = now_();
    const ssize_t n = media_->ReadFlagged(offset + done, to.subspan(done));
    Look look;
    int error = 0;
    if (n < 0)
      error = LookAt(FileRange{offset + done, offset + to.size()}, {}, &look);
    outcome->salvage_ns += now_() - begun;
    if (n == 0) break;  // the end of the file
    if (n > 0) {
      done += static_cast<uint64_t>(n);
      round = 0;
      continue;
    }
    outcome->result = n;
    if (!IsPoisonError(static_cast<int>(-n), false)) return;
    if (error != 0) {
      outcome->result = Fail(Step::kLook, error, outcome);
      return;
    }
    // It stops in front of a bad page. An error where none is listed is not
    // ours to repair.
    const std::vector<FileRange> runs = Cut(look.plan.pages);
    if (runs.empty() || !runs.front().Contains(offset + done)) return;
    outcome->met_poison = true;
    error = Rewrite(look, runs.front(), 0, {}, outcome);
    if (WorthAnotherLook(error, *outcome) && ++round < kRounds) continue;
    if (error != 0) {
      outcome->result =
          error == -EAGAIN ? Fail(Step::kLook, error, outcome) : error;
      return;
    }
    outcome->failed = Step::kNone;
    rewritten += Intersect(runs.front(), FileRange::OfLength(offset, to.size()))
                     .length();
  }
  outcome->result = static_cast<ssize_t>(done);
  if (rewritten > 0)
    outcome->saved_bytes += FileRange{rewritten, done}.length();
}

Outcome Recovery::Read(uint64_t offset, std::span<std::byte> to,
                       ssize_t result) {
  Outcome outcome;
  outcome.result = result;
  PageLock lock(media_, FileRange::OfLength(offset, to.size()));
  if (lock.error() != 0)
    outcome.result = Fail(Step::kLock, lock.error(), &outcome);
  else if (repair_.repair() == Repair::kFlag)
    ReadByFlag(offset, to, &outcome);
  else
    ReadByList(offset, to, &outcome);
  return outcome;
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

int Recovery::Replace(const Look& look, FileRange pages, uint64_t offset,
                      std::span<const std::byte> from, size_t* done,
                      Outcome* outcome) try {
  const uint64_t begun = now_();
  const uint64_t skipped = pages.begin - offset;
  Step step;
  const ssize_t n = repair_.Write(pages, from.subspan(skipped, pages.length()),
                                  look.layout, &step);
  outcome->repair_ns += now_() - begun;
  if (n < 0) return Fail(step, static_cast<int>(n), outcome);
  *done = std::max(*done, skipped + static_cast<size_t>(n));
  return n == static_cast<ssize_t>(pages.length()) ? 0 : -EAGAIN;
} catch (const std::bad_alloc&) {
  return Fail(Step::kLook, -ENOMEM, outcome);
}

int Recovery::WriteRound(uint64_t offset, std::span<const std::byte> from,
                         size_t* done, bool* found, Outcome* outcome) {
  const auto whole = FileRange::OfLength(offset, from.size());
  Look look;
  const uint64_t begun = now_();
  int error = LookAt({offset + *done, whole.end}, whole, &look);
  outcome->salvage_ns += now_() - begun;
  if (error != 0) return Fail(Step::kLook, error, outcome);
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
      error = std::binary_search(rewritten.begin(), rewritten.end(), run)
                  ? Rewrite(look, run, offset, from, outcome)
                  : Replace(look, run, offset, from, done, outcome);
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
    // What is written as it is may meet poison that was not listed yet.
    const bool met =
        found && outcome->failed == Step::kNone && IsPoisonError(-error, true);
    if (!met && !WorthAnotherLook(error, *outcome)) break;
  }
  if (done == from.size())
    outcome->failed = Step::kNone;
  else if (error == -EAGAIN)
    error = Fail(Step::kLook, error, outcome);
  outcome->result =
      done > 0 || from.empty() ? static_cast<ssize_t>(done) : error;
}

Outcome Recovery::Write(uint64_t offset, std::span<const std::byte> from,
                        ssize_t result) {
  Outcome outcome;
  outcome.result = result;
  PageLock lock(media_, FileRange::OfLength(offset, from.size()));
  if (lock.error() != 0)
    outcome.result = Fail(Step::kLock, lock.error(), &outcome);
  else
    FinishWrite(offset, from, result > 0 ? static_cast<size_t>(result) : 0,
                &outcome);
  return outcome;
}

Outcome Recovery::Overwrite(uint64_t offset, std::span<const std::byte> from) {
  Outcome outcome;
  PageLock lock(media_, FileRange::OfLength(offset, from.size()));
  if (lock.error() != 0) {
    outcome.result = Fail(Step::kLock, lock.error(), &outcome);
    return outcome;
  }
  const auto range = FileRange::OfLength(offset, from.size());
  const bool flagged =
      repair_.repair() == Repair::kFlag && AlignIn(range, kPageBytes) == range;
  if (!flagged && repair_.repair() != Repair::kWrite) {
    FinishWrite(offset, from, 0, &outcome);
    return outcome;
  }
  const uint64_t begun = now_();
  outcome.result = flagged ? media_->WriteFlagged(offset, from)
                           : media_->WriteFile(offset, from);
  const uint64_t taken = now_() - begun;
  if (outcome.result == static_cast<ssize_t>(from.size())) {
    // The kernel refuses to write a part of a poisoned page, so one that was
    // written had been repaired before: what was known was old.
    outcome.met_poison = !AlignIn(range, kPageBytes).empty();
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
