// SPDX-License-Identifier: GPL-2.0-only

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/profile_mark.h"
#include "recovery/recovery_steps.h"

namespace daxmend {

namespace {

// The kernel lists what a machine check met when it handles that, some time
// after the I/O has failed (mce_gen_pool_process, nfit_handle_mce; Linux 6.1 to
// 7.3).
bool IsSurprise(ssize_t result) {
  return result == -EFAULT || result == -EHWPOISON;
}

}  // namespace

void Recovery::ReadByList(uint64_t offset, std::span<std::byte> to,
                          Outcome* outcome) {
  const auto range = FileRange::OfLength(offset, to.size());
  uint64_t rewritten = 0;  // bytes of `range`
  bool waited = false, stops_short = false, looked_again = false;
  const Next ended = InRounds([&] {
    Look& look = look_;
    MarkProfile<ProfileMark::kSalvageBegins>();
    const uint64_t begun = now_();
    int error = LookAt(range, {}, &look);
    const bool surprise = IsSurprise(outcome->result) || stops_short;
    if (error == 0 && look.plan.pages.empty() && surprise && !waited) {
      waited = true;
      error = AwaitListing(range, &look);
    }
    MarkProfile<ProfileMark::kSalvageEnds>();
    outcome->salvage_ticks += now_() - begun;
    if (error != 0) return Stop(Step::kLook, error, outcome);
    for (FileRange run : Cut(look.plan.pages)) {
      outcome->met_poison = true;
      const Next next = Rewrite(look, run, 0, {}, outcome);
      if (next != Next::kOn) return next;
      rewritten +=
          Intersect(Intersect(run, range), {0, look.layout.size}).length();
    }
    outcome->failed = Step::kNone;
    const ssize_t n = Retried([&] { return media_->ReadFile(offset, to); });
    outcome->result = n;
    const bool poison = n < 0 ? IsPoisonError(static_cast<int>(-n))
                              : offset + static_cast<uint64_t>(n) <
                                    std::min(range.end, look.layout.size);
    if (poison && !look.plan.pages.empty()) return Next::kLookAgain;
    // It may have been listed since the look, or be met again.
    if (poison && !looked_again) {
      looked_again = true;
      stops_short = n >= 0;
      return Next::kLookAgain;
    }
    if (poison && IsSurprise(n))
      return Stop(Step::kUnreachable, -EFAULT, outcome);
    // Any other error where no poison is listed is not ours to repair.
    if (rewritten > 0 && n > 0)
      outcome->saved_bytes +=
          FileRange{rewritten, static_cast<uint64_t>(n)}.length();
    return Next::kOn;
  });
  if (ended == Next::kOn) return;
  if (outcome->failed == Step::kNone) Fail(Step::kLook, -EAGAIN, outcome);
  outcome->result = -EIO;
}

void Recovery::ReadByFlag(uint64_t offset, std::span<std::byte> to,
                          Outcome* outcome) {
  uint64_t done = 0, rewritten = 0;
  int again = 0;  // repairs without a byte read
  // An I/O that fails has its result when it stops.
  auto failed = [&](int error) {
    outcome->result = Fail(Step::kLook, error, outcome);
    return Next::kStop;
  };
  auto read_on = [&] {
    MarkProfile<ProfileMark::kSalvageBegins>();
    const uint64_t begun = now_();
    const ssize_t n = Retried(
        [&] { return media_->ReadFlagged(offset + done, to.subspan(done)); });
    Look look;
    int error = 0;
    if (n < 0)
      error = LookAt(FileRange{offset + done, offset + to.size()}, {}, &look);
    MarkProfile<ProfileMark::kSalvageEnds>();
    outcome->salvage_ticks += now_() - begun;
    if (n == 0) to = to.first(done);  // the end of the file
    if (n >= 0) {
      done += static_cast<uint64_t>(n);
      again = 0;
      return Next::kOn;
    }
    outcome->result = n;
    if (!IsPoisonError(static_cast<int>(-n))) return Next::kStop;
    if (error != 0) return failed(error);
    // It stops in front of a bad page. An error where none is listed is not
    // ours to repair.
    const std::vector<FileRange> runs = Cut(look.plan.pages);
    if (runs.empty() || !runs.front().Contains(offset + done))
      return Next::kStop;
    outcome->met_poison = true;
    const Next next = Rewrite(look, runs.front(), 0, {}, outcome);
    if (next == Next::kStop) outcome->result = -EIO;
    if (next != Next::kOn) return next;
    outcome->failed = Step::kNone;
    rewritten += Intersect(runs.front(), FileRange::OfLength(offset, to.size()))
                     .length();
    // What is bad again at once is not repaired without end.
    return ++again < kRounds ? Next::kOn : failed(-EAGAIN);
  };
  Next ended = Next::kOn;
  while (done < to.size() && ended == Next::kOn) ended = InRounds(read_on);
  if (ended == Next::kStop) return;
  if (ended == Next::kLookAgain) {
    if (outcome->failed == Step::kNone) Fail(Step::kLook, -EAGAIN, outcome);
    outcome->result = -EIO;
    return;
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
  else if (repair_.repair() == Strategy::kFlag)
    ReadByFlag(offset, to, &outcome);
  else
    ReadByList(offset, to, &outcome);
  return outcome;
}

}  // namespace daxmend
