// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/recovery.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <vector>

#include "core/profile_mark.h"
#include "recovery/recovery_steps.h"

namespace daxmend {
namespace {

// `now` is what Media::Locate gave for `part`: is that as `look`, of more than
// that, has it?
bool AsSeen(const Layout& look, FileRange part, const Layout& now) {
  if (now.size != look.size || now.unit != look.unit) return false;
  size_t matched = 0;
  bool same = true;
  EachIn(part, look.poison, [&](FileRange bad) {
    same = same && matched < now.poison.size() && now.poison[matched] == bad;
    ++matched;
  });
  if (!same || matched != now.poison.size()) return false;
  auto at = now.extents.begin();
  for (Extent extent : look.extents) {
    const FileRange both = Intersect(part, extent.file);
    if (both.empty()) continue;
    extent.device_begin += both.begin - extent.file.begin;
    extent.file = both;
    if (at == now.extents.end() || *at != extent) return false;
    ++at;
  }
  return at == now.extents.end();
}

// Data in `pages`, by what the file system says: what is lost with them, where
// nobody has saved any of it.
Salvaged AllOf(const Layout& layout, FileRange pages) {
  Salvaged lost;
  const FileRange data = Intersect(pages, {0, layout.size});
  for (const Extent& extent : layout.extents) {
    const FileRange both = Intersect(data, extent.file);
    if (both.empty() || extent.unwritten) continue;
    lost.lost_sectors += AlignOut(both, layout.unit).length() / layout.unit;
    lost.lost_bytes += both.length();
  }
  return lost;
}

}  // namespace

bool IsPoisonError(int error) {
  return error == EIO || error == EHWPOISON || error == EFAULT;
}

namespace {

std::shared_ptr<SalvageMemory> NewMemory() {
  auto memory = std::make_shared<SalvageMemory>();
  memory->Touch();
  return memory;
}

}  // namespace

Recovery::Recovery(Media* media, RecoveryClock now, Setup setup)
    : media_(media),
      now_(now),
      unit_(setup.salvage),
      salvage_(media, setup.memory ? std::move(setup.memory) : NewMemory()),
      repair_(media, setup.repair, std::move(now), std::move(setup.window)) {}

Recovery::Next Recovery::Stop(Step step, int error, Outcome* outcome) {
  Fail(step, error, outcome);
  return Next::kStop;
}

int Recovery::LookAt(FileRange range, FileRange replaced, Look* look) try {
  const int error = Retry([&] {
    return media_->Locate(AlignOut(range, kPageBytes), &look->layout);
  });
  if (error == 0)
    PlanSalvage(look->layout, range, replaced, unit_, &look->plan);
  return error;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

int Recovery::AwaitListing(FileRange range, Look* look) {
  for (int i = 0; i < kMostPauses; ++i) {
    media_->Pause();
    const int error = LookAt(range, {}, look);
    if (error != 0 || !look->plan.pages.empty()) return error;
  }
  return 0;
}

bool Recovery::InPlace(const Look& look, FileRange pages) const {
  return repair_.repair() == Strategy::kPunch ||
         std::none_of(look.layout.extents.begin(), look.layout.extents.end(),
                      [&](const Extent& extent) {
                        return extent.shared && extent.file.Overlaps(pages);
                      });
}

int Recovery::CutBack(uint64_t size, uint64_t end) {
  if (end <= size) return 0;
  return Retry([&] {
    const int64_t now = media_->Size();
    if (now < 0) return static_cast<int>(now);
    return now == static_cast<int64_t>(end) ? media_->Truncate(size) : 0;
  });
}

Recovery::Next Recovery::Rewrite(const Look& look, FileRange pages,
                                 uint64_t fresh_offset,
                                 std::span<const std::byte> fresh,
                                 Outcome* outcome) try {
  if (!InPlace(look, pages)) return Stop(Step::kShared, -EIO, outcome);
  MarkProfile<ProfileMark::kSalvageBegins>();
  const uint64_t begun = now_();
  const int unread = salvage_.Assemble(look.plan, pages, look.layout.size,
                                       fresh_offset, fresh);
  // What was saved must not overwrite anything newer: whoever wrote to these
  // pages meanwhile has repaired them, and that shows in the list.
  Layout& now = again_;
  const int unseen =
      unread != 0 ? 0 : Retry([&] { return media_->Locate(pages, &now); });
  MarkProfile<ProfileMark::kSaved>();
  const uint64_t saved = now_();
  outcome->salvage_ticks += saved - begun;
  if (unread != 0) return Stop(Step::kSalvage, unread, outcome);
  if (unseen != 0) return Stop(Step::kLook, unseen, outcome);
  if (!AsSeen(look.layout, pages, now)) return Next::kLookAgain;

  const Repaired repaired = repair_.Write(pages, salvage_.content(), now);
  const FileRange done = {pages.begin, pages.begin + repaired.done};
  const FileRange rest = {done.end, pages.end};
  const FileRange replaced =
      Intersect(done, FileRange::OfLength(fresh_offset, fresh.size()));
  const int uncut =
      CutBack(std::max(look.layout.size, replaced.empty() ? 0 : replaced.end),
              pages.begin + repaired.reached);
  outcome->Add(salvage_.Written(done));
  Next next = Next::kOn;
  if (!rest.empty()) {
    Fail(repaired.step, -repaired.error, outcome);
    next = repaired.done > 0 || IsPoisonError(repaired.error) ? Next::kLookAgain
                                                              : Next::kStop;
    // A firmware or file system that refuses will do so again.
    if (repaired.step != Step::kWrite) next = Next::kStop;
    if (repaired.emptied) {
      next = Next::kStop;
      const bool all = repair_.repair() == Strategy::kPunch ||
                       repair_.repair() == Strategy::kClear;
      outcome->Add(salvage_.GivenUp(
          all ? rest : FileRange::OfLength(rest.begin, kPageBytes),
          !repaired.punched));
    }
  } else if (uncut != 0) {
    next = Stop(Step::kWrite, uncut, outcome);
  }
  MarkProfile<ProfileMark::kRepairEnds>();
  outcome->repair_ticks += now_() - saved;
  return next;
} catch (const std::bad_alloc&) {
  return Stop(Step::kLook, -ENOMEM, outcome);
}

size_t Recovery::WritePlain(uint64_t offset, std::span<const std::byte> from,
                            int* error, Outcome* outcome) {
  MarkProfile<ProfileMark::kRepairBegins>();
  const uint64_t begun = now_();
  size_t done = 0;
  *error = 0;
  while (done < from.size() && *error == 0) {
    ssize_t n = 0;
    *error = Retry([&] {
      n = media_->WriteFile(offset + done, from.subspan(done));
      return n > 0 ? 0 : n < 0 ? static_cast<int>(n) : -EIO;
    });
    if (n > 0) done += static_cast<size_t>(n);
  }
  MarkProfile<ProfileMark::kRepairEnds>();
  outcome->repair_ticks += now_() - begun;
  return done;
}

Recovery::Next Recovery::Replace(const Look& look, FileRange pages,
                                 uint64_t offset,
                                 std::span<const std::byte> from, size_t* done,
                                 Outcome* outcome) try {
  if (!InPlace(look, pages)) return Stop(Step::kShared, -EIO, outcome);
  MarkProfile<ProfileMark::kRepairBegins>();
  const uint64_t begun = now_();
  const uint64_t skipped = pages.begin - offset;
  const Repaired repaired =
      repair_.Write(pages, from.subspan(skipped, pages.length()), look.layout);
  *done = std::max(*done, skipped + static_cast<size_t>(repaired.done));
  Next next = Next::kOn;
  if (repaired.done < pages.length()) {
    const FileRange rest = {pages.begin + repaired.done, pages.end};
    CutBack(std::max(look.layout.size, rest.begin),
            pages.begin + repaired.reached);
    Fail(repaired.step, -repaired.error, outcome);
    next = repaired.step == Step::kWrite &&
                   (repaired.done > 0 || IsPoisonError(repaired.error))
               ? Next::kLookAgain
               : Next::kStop;
    if (repaired.emptied) {
      next = Next::kStop;
      const bool all = repair_.repair() == Strategy::kPunch ||
                       repair_.repair() == Strategy::kClear;
      outcome->Add(
          AllOf(look.layout,
                all ? rest : FileRange::OfLength(rest.begin, kPageBytes)));
    }
  }
  MarkProfile<ProfileMark::kRepairEnds>();
  outcome->repair_ticks += now_() - begun;
  return next;
} catch (const std::bad_alloc&) {
  return Stop(Step::kLook, -ENOMEM, outcome);
}

Recovery::Next Recovery::WriteRound(uint64_t offset,
                                    std::span<const std::byte> from,
                                    size_t* done, int* error,
                                    Outcome* outcome) {
  const auto whole = FileRange::OfLength(offset, from.size());
  Look& look = look_;
  MarkProfile<ProfileMark::kSalvageBegins>();
  const uint64_t begun = now_();
  const int unseen = LookAt({offset + *done, whole.end}, whole, &look);
  MarkProfile<ProfileMark::kSalvageEnds>();
  outcome->salvage_ticks += now_() - begun;
  if (unseen != 0) return Stop(Step::kLook, unseen, outcome);
  const bool found = !look.layout.poison.empty();
  outcome->met_poison = outcome->met_poison || found;
  // Everything before `end`, as it is.
  auto write_up_to = [&](uint64_t end) {
    const uint64_t at = offset + *done;
    if (at < end)
      *done += WritePlain(at, from.subspan(*done, end - at), error, outcome);
    if (*error == 0) return Next::kOn;
    // What is written as it is may meet poison that was not listed yet.
    return found && IsPoisonError(-*error) ? Next::kLookAgain : Next::kStop;
  };
  std::vector<FileRange> runs = Cut(look.plan.pages);
  const auto rewritten = runs;
  runs.insert(runs.end(), look.plan.replaced.begin(), look.plan.replaced.end());
  std::sort(runs.begin(), runs.end());
  for (FileRange run : runs) {
    Next next = write_up_to(std::min(run.begin, whole.end));
    if (next != Next::kOn) return next;
    next = std::binary_search(rewritten.begin(), rewritten.end(), run)
               ? Rewrite(look, run, offset, from, outcome)
               : Replace(look, run, offset, from, done, outcome);
    if (next != Next::kOn) return next;
    *done = std::max<uint64_t>(*done, std::min(run.end, whole.end) - offset);
  }
  return write_up_to(whole.end);
}

void Recovery::GiveUpBegunPage(FileRange rest, Outcome* outcome) {
  const FileRange page =
      AlignOut(FileRange{rest.begin, rest.begin + 1}, kPageBytes);
  if (rest.begin % kPageBytes == 0 || rest.end < page.end) return;
  Look look;
  if (Retry([&] { return LookAt(page, {}, &look); }) != 0) {
    outcome->lost_bytes += page.end - rest.begin;
    outcome->lost_sectors +=
        AlignOut(FileRange{rest.begin, page.end}, media_->Unit()).length() /
        media_->Unit();
  } else if (look.layout.poison.empty()) {
    outcome->Add(AllOf(look.layout, {rest.begin, page.end}));
  }
}

void Recovery::FinishWrite(uint64_t offset, std::span<const std::byte> from,
                           size_t begun, Outcome* outcome) {
  size_t done = begun;
  int error = 0;
  if (done < from.size())
    InRounds([&] {
      error = 0;
      return WriteRound(offset, from, &done, &error, outcome);
    });
  const uint64_t at = offset + done;
  if (done == from.size())
    outcome->failed = Step::kNone;
  else if (error == 0 && outcome->failed == Step::kNone)
    Fail(Step::kLook, -EAGAIN, outcome);
  // Of the pages that its own repair has begun it has told already.
  if (done < from.size() && offset + begun > at / kPageBytes * kPageBytes)
    GiveUpBegunPage({at, offset + from.size()}, outcome);
  if (done > 0 || from.empty())
    outcome->result = static_cast<ssize_t>(done);
  else
    outcome->result = error != 0 ? error : -EIO;
}

Outcome Recovery::Write(uint64_t offset, std::span<const std::byte> from,
                        ssize_t result) {
  Outcome outcome;
  outcome.result = result;
  PageLock lock(media_, FileRange::OfLength(offset, from.size()));
  const size_t begun = result > 0 ? static_cast<size_t>(result) : 0;
  if (lock.error() == 0) {
    FinishWrite(offset, from, begun, &outcome);
    return outcome;
  }
  const ssize_t failed = Fail(Step::kLock, lock.error(), &outcome);
  if (begun == 0)
    outcome.result = failed;
  else
    GiveUpBegunPage({offset + begun, offset + from.size()}, &outcome);
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
  const bool flagged = repair_.repair() == Strategy::kFlag &&
                       AlignIn(range, kPageBytes) == range;
  if (!flagged && repair_.repair() != Strategy::kWrite) {
    FinishWrite(offset, from, 0, &outcome);
    return outcome;
  }
  MarkProfile<ProfileMark::kAttemptBegins>();
  const uint64_t begun = now_();
  outcome.result = flagged ? media_->WriteFlagged(offset, from)
                           : media_->WriteFile(offset, from);
  MarkProfile<ProfileMark::kAttemptEnds>();
  const uint64_t taken = now_() - begun;
  if (outcome.result == static_cast<ssize_t>(from.size())) {
    // The kernel refuses to write a part of a poisoned page, so one that was
    // written had been repaired before: what was known was old.
    outcome.met_poison = !AlignIn(range, media_->RepairedAtOnce()).empty();
    MarkProfile<ProfileMark::kAttemptRepaired>();
    outcome.repair_ticks = taken;
  } else if (outcome.result >= 0 ||
             IsTransient(static_cast<int>(outcome.result)) ||
             IsPoisonError(static_cast<int>(-outcome.result))) {
    MarkProfile<ProfileMark::kAttemptDetected>();
    outcome.detect_ticks = taken;
    FinishWrite(offset, from,
                static_cast<size_t>(std::max<ssize_t>(outcome.result, 0)),
                &outcome);
  }
  return outcome;
}

}  // namespace daxmend
