// SPDX-License-Identifier: GPL-2.0-only
//
// How long answers take, and answers that would do harm to a kernel that
// believes them: lengths, counts, lists without an end.

#include <fmt/core.h>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace harm_checks {

constexpr char kArea[] = "Harm";
constexpr char kTiming[] = "Timing";
constexpr char kMailbox[] = "CXL 3.1 §8.2.8.4";
constexpr char kLogs[] = "CXL 3.1 §8.2.9.5.1";
constexpr char kEvents[] =
    "drivers/cxl/core/mbox.c, cxl_mem_get_records_log (Linux 6.12)";
constexpr char kPoison[] =
    "drivers/cxl/core/mbox.c, cxl_mem_get_poison (Linux 6.12)";
constexpr char kTaint[] = "Documentation/admin-guide/tainted-kernels.rst";

using C = MemdevCommand;

void LengthsFit(MemdevProbe& probe) {
  const uint64_t room = probe.mailbox().payload_bytes();
  for (C command : MemdevCommands()) {
    if (!IsReadOnly(command) || !probe.Offers(command)) continue;
    const MailboxAnswer answer = probe.Ask(command, Question(command));
    probe.Require(answer.claimed <= room,
                  fmt::format("{} is answered by {} bytes, and {} fit",
                              InWords(command), answer.claimed, room));
  }
}

void CodesKnown(MemdevProbe& probe) {
  probe.mailbox();
  for (C command : MemdevCommands()) {
    if (!IsReadOnly(command) || !probe.Offers(command)) continue;
    const MailboxAnswer answer = probe.Ask(command, Question(command));
    probe.Require(answer.code <= MemdevCode::kLast,
                  InWords(command) + " is answered with the reserved code " +
                      InWords(answer.code));
    probe.Require(answer.code != MemdevCode::kBackground,
                  InWords(command) + " goes on in the background");
  }
}

void LogsAreSane(MemdevProbe& probe) {
  constexpr uint32_t kMost = 1 << 20;
  for (const SupportedLogs::Log& log : probe.GetSupportedLogs().logs)
    if (log.uuid == kCommandEffectsLog)
      probe.Require(
          log.bytes <= kMost,
          fmt::format("the Command Effects Log has {} bytes", log.bytes));
}

void PoisonEnds(MemdevProbe& probe) {
  probe.Need({C::kGetPoison});
  probe.Records();
}

void PoisonEndsWithSome(MemdevWriter& probe) {
  probe.Need({C::kGetPoison, C::kInjectPoison, C::kClearPoison});
  for (int64_t line : {2, 4, 6}) probe.Poison(probe.Line(line));
  const size_t records = probe.NewRecords().size();
  probe.Require(
      records <= 3,
      fmt::format("3 lines are poisoned, and {} records listed", records));
}

void EventsEnd(MemdevProbe& probe) {
  for (uint8_t log = 0; log < kEventLogCount; ++log) {
    const EventAnswer events = probe.GetEvents(log);
    probe.Require(!events.more() || !events.records.empty(),
                  fmt::format("log {} says that it has more, and has nothing; "
                              "the kernel asks again and again",
                              log));
    probe.Require(events.records.size() == events.count,
                  fmt::format("log {} declares {} records and has bytes for {}",
                              log, events.count, events.records.size()));
  }
}

void KernelWell(MemdevProbe& probe) {
  KernelView& kernel = probe.kernel();
  constexpr uint64_t kDied = 1 << 7, kWarned = 1 << 9, kLockup = 1 << 14;
  // For that this is the last of the checks.
  const uint64_t taint = kernel.Taint();
  probe.Require((taint & (kDied | kLockup)) == 0,
                "the kernel has oopsed: taint " + Hexadecimal(taint));
  if (taint & kWarned)
    probe.Warn("the kernel has warned of something since it booted: taint " +
               Hexadecimal(taint));
}

void Slow(MemdevProbe& probe) {
  // Everything that was sent until now, and not in the background. This process
  // may have been stopped meanwhile: what was slow once is asked again.
  constexpr std::chrono::seconds kMost{1};
  probe.Get(C::kIdentify);
  std::string doubt;
  for (C command : probe.SlowerThan(kMost)) {
    if (!IsReadOnly(command)) {
      doubt = InWords(command) +
              " took longer than a second; it changes something and was not "
              "asked again";
      continue;
    }
    const auto begin = probe.device().Now();
    probe.Ask(command, Question(command));
    const std::chrono::nanoseconds time = probe.device().Now() - begin;
    probe.Require(time <= kMost,
                  fmt::format("{} took longer than a second, twice: {} ms",
                              InWords(command), time.count() / 1'000'000));
  }
  if (!doubt.empty()) probe.Warn(doubt);
}

}  // namespace harm_checks

std::vector<MemdevCheck> HarmChecks() {
  using namespace harm_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"HARM-01", "No answer is longer than the mailbox", kMailbox, kArea},
       kDirect,
       LengthsFit},
      {{"HARM-02", "No question is answered with a reserved code", kMailbox,
        kArea},
       kDirect,
       CodesKnown},
      {{"HARM-03", "The Command Effects Log has a length that can be", kLogs,
        kArea},
       kBoth,
       LogsAreSane},
      {{"HARM-04", "The poison list ends", kPoison, kArea}, kBoth, PoisonEnds},
      {{"HARM-05", "It ends when it holds errors, too", kPoison, kArea},
       kBoth,
       PoisonEndsWithSome},
      {{"HARM-06", "The event logs end", kEvents, kArea}, kDirect, EventsEnd},
      {{"TIM-01", "No command of this run took longer than a second", kMailbox,
        kTiming},
       kBoth,
       Slow},
      {{"HARM-07", "The kernel has neither warned nor oopsed", kTaint, kArea},
       AskedBy::kKernel,
       KernelWell},
  };
}

}  // namespace daxmend
