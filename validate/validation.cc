// SPDX-License-Identifier: GPL-2.0-only

#include "validate/validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "core/error.h"
#include "inject/undo/put_back.h"

namespace daxmend {
namespace {

// How an entry that waits for a reboot is told from one that was left by a run
// that was killed.
constexpr char kLeftForReboot[] = "daxmend validate --before-reboot";
constexpr char kRunning[] = "daxmend validate";

std::vector<Check> Chosen(const ValidationOptions& options, bool destructive) {
  std::vector<std::string> wanted = options.only;
  std::vector<Check> chosen;
  for (const Check& check : AllChecks()) {
    const std::string& id = check.description.id;
    const bool of_reboot = id == "WAY-10" || id == "WAY-11";
    if (std::erase(wanted, id) == 0 && !options.only.empty()) continue;
    if (check.description.destructive && !destructive) {
      if (!options.only.empty())
        throw Error({.thing = id,
                     .cause = "poisons and writes",
                     .way_out = "add --destructive and --namespace"});
      continue;
    }
    if (options.reboot == Reboot::kAfter && !of_reboot) continue;
    chosen.push_back(check);
  }
  if (!wanted.empty())
    throw Error({.thing = "check " + wanted.front(),
                 .cause = "does not exist",
                 .way_out = "see 'daxmend validate --list'"});
  return chosen;
}

// `destructive`: null in a run without a target, which has no destructive
// checks.
void Ask(const Check& check, Probe& probe, DestructiveProbe* destructive) {
  if (const auto* reads = std::get_if<void (*)(Probe&)>(&check.run))
    return (*reads)(probe);
  if (!destructive)
    throw Error({.thing = check.description.id,
                 .cause = "needs a namespace to write to",
                 .way_out = "name one with --namespace"});
  std::get<void (*)(DestructiveProbe&)>(check.run)(*destructive);
}

CheckResult Run(const Check& check, Probe& probe,
                DestructiveProbe* destructive) {
  CheckResult result{.check = check.description,
                     .verdict = CheckVerdict::kPass,
                     .reason = "",
                     .evidence = {},
                     .evidence_left_out = 0};
  probe.Begin();
  try {
    Ask(check, probe, destructive);
  } catch (const CheckEnd& end) {
    result.verdict = end.verdict;
    result.reason = end.reason;
  } catch (const Error& e) {
    // A disk that answers, though with an error where none should be.
    if (e.code() != EIO) throw;
    result.verdict = CheckVerdict::kFail;
    result.reason = e.what();
  }
  probe.Finish(result);
  return result;
}

// The range that may be written to, from before the first check to after the
// last.
class Borrowed {
 public:
  Borrowed(const ValidationTarget& target, DestructiveProbe& probe,
           Reboot reboot)
      : target_(target), probe_(probe) {
    if (reboot == Reboot::kAfter) {
      entry_ = EntryOfReboot();
      return;
    }
    RequireNoneKilled();
    RequireClean();
    entry_ = {.id = "",
              .injector = "ndctl",
              .disk = target.disk_name,
              .namespace_uuid = target.namespace_uuid,
              .file = reboot == Reboot::kBefore ? kLeftForReboot : kRunning,
              .sectors = {target.range.sectors},
              .content = target.disk.Read(target.range.sectors),
              .overwrites = true};
    entry_.id = target.journal.Add(entry_);
  }

  // Uninjects what is injected. What firmware keeps nevertheless is in left().
  void Clean() {
    try {
      probe_.WaitForKernel();
      TakeBack();
      probe_.WaitForKernel();
    } catch (const CheckEnd& end) {
      left_ = end.reason;
    }
    for (SectorRange bad : probe_.Listed()) PutBack(bad);
  }

  // Cleans, and puts everything back that was there, as far as firmware lets
  // it. The journal keeps the entry until all of it is read back.
  void Return() {
    Clean();
    PutBack(target_.range.sectors);
    if (left_.empty()) RequireReadBack();
    if (left_.empty()) target_.journal.Remove(entry_.id);
  }

  // Injects what the run after the reboot asks for. The journal keeps the
  // entry.
  void LeaveMarks() {
    const RebootMarks marks = MarksIn(target_.range.spa);
    try {
      for (SpaRange page : {marks.repaired, marks.left}) {
        probe_.WaitForKernel();
        probe_.Poison(page, kInjectNotify);
        probe_.WaitUntilListed(probe_.Sectors(page));
      }
    } catch (const CheckEnd& end) {
      throw Error(
          {.thing = target_.namespace_name,
           .cause = fmt::format("could not be prepared for --after-reboot ({})",
                                end.reason),
           .way_out = "run without --before-reboot"});
    }
    const SectorRange repaired = probe_.Sectors(marks.repaired);
    target_.disk.Write(repaired, RepairedBytes(repaired));
  }

  const std::string& left() const { return left_; }

 private:
  // Firmware that does not clear is what checks are to find.
  void PutBack(SectorRange sectors) {
    try {
      target_.disk.Write(sectors, entry_.ContentOf(sectors));
    } catch (const Error& e) {
      if (e.code() != EIO) throw;
      if (left_.empty()) left_ = e.what();
    }
  }

  void RequireReadBack() {
    try {
      if (target_.disk.Read(target_.range.sectors) != entry_.content)
        left_ = "sectors " + RangesInWords({target_.range.sectors}) +
                " do not hold the bytes that were written back to them";
    } catch (const Error& e) {
      if (e.code() != EIO) throw;
      left_ = e.what();
    }
  }

  // What a run that was killed has left in the range is not what was there.
  void RequireNoneKilled() {
    for (const JournalEntry& entry : target_.journal.Entries())
      if (entry.overwrites && entry.namespace_uuid == target_.namespace_uuid &&
          !IntersectAll(target_.range.sectors, entry.sectors).empty())
        throw entry.file == kLeftForReboot
            ? Error({.thing = target_.namespace_name,
                     .cause = "waits for a run with --after-reboot",
                     .way_out = "do that, or run 'daxmend restore', first"})
            : Error({.thing = target_.namespace_name,
                     .cause = "was left overwritten by a run that was killed",
                     .way_out = "run 'daxmend restore' first"});
  }

  void RequireClean() {
    std::string poisoned;
    try {
      if (probe_.Offers(Function::kInjectStatus) &&
          !probe_.InjectedRanges().empty())
        poisoned = "the firmware";
    } catch (const CheckEnd&) {
      // An answer that makes no sense is for the checks to find.
    }
    if (!probe_.Listed().empty()) poisoned = "the kernel";
    if (!poisoned.empty())
      throw Error(
          {.thing = fmt::format("the last {} KiB of {}", kTestBytes >> 10,
                                target_.namespace_name),
           .cause = fmt::format("already have errors listed by {}", poisoned),
           .way_out = fmt::format(
               "run 'daxmend restore' or 'daxmend clear /dev/{}' first",
               target_.disk_name)});
  }

  JournalEntry EntryOfReboot() {
    for (const JournalEntry& entry : target_.journal.Entries())
      if (entry.file == kLeftForReboot &&
          entry.namespace_uuid == target_.namespace_uuid &&
          entry.sectors == std::vector{target_.range.sectors})
        return entry;
    throw Error({.thing = "the journal " + target_.journal.directory(),
                 .cause = "has no entry of a run with --before-reboot on " +
                          target_.namespace_name,
                 .way_out = "run with --before-reboot first"});
  }

  void TakeBack() {
    const SpaRange all = target_.range.spa;
    left_.clear();
    if (!probe_.Offers(Function::kInjectClear)) return;
    probe_.InjectClear(all.begin, all.length());
    // Nobody can tell then what firmware keeps but the kernel, once it scrubs.
    if (!probe_.Offers(Function::kInjectStatus)) return;
    // Firmware that does not take errors back may still clear them.
    for (SpaRange injected : probe_.InjectedRanges())
      probe_.Clear(injected.begin, injected.length());
    const std::vector<SpaRange> injected = probe_.InjectedRanges();
    if (!injected.empty()) left_ = "firmware keeps " + RangesInWords(injected);
  }

  const ValidationTarget& target_;
  DestructiveProbe& probe_;
  JournalEntry entry_;
  std::string left_;
};

// The error of a run that did not get to its end: why, and what became of the
// range.
Error Returned(Borrowed& borrowed, const std::string& why) {
  std::string kept;
  try {
    borrowed.Return();
    kept = borrowed.left();
  } catch (const std::exception& failure) {
    kept = failure.what();
  }
  if (kept.empty())
    return Error(why + ": all errors were uninjected and all bytes put back");
  return Error({.cause = fmt::format("{}: not all bytes could be put back ({})",
                                     why, kept),
                .way_out = "run 'daxmend restore'"});
}

// Some of the functions without the others are for the checks to find.
void RequireArs(FirmwareBus& bus) {
  const uint64_t functions = bus.Functions();
  for (Function function :
       {Function::kArsCapabilities, Function::kStartArs, Function::kArsStatus})
    if (functions >> static_cast<uint32_t>(function) & 1) return;
  throw Error({.thing = fmt::format("{} ({})", bus.name(), bus.provider()),
               .cause = "has no ARS to validate (function 0 of its root device "
                        "advertises none of the functions 1 to 3)"});
}

}  // namespace

TestRange EndOfNamespace(SpaRange media, const std::string& namespace_name) {
  const SpaRange whole = AlignIn(media, kPageBytes);
  if (whole.length() < 2 * kTestBytes)
    throw Error({.thing = namespace_name,
                 .cause = fmt::format("has less than {} KiB, too little for "
                                      "destructive checks",
                                      2 * kTestBytes >> 10),
                 .way_out = "name a larger namespace"});
  const SpaRange end{whole.end - kTestBytes, whole.end};
  return {.spa = end,
          .sectors = CoveringSectors(
              {end.begin - media.begin, end.end - media.begin})};
}

ValidationRecord Validate(FirmwareBus& bus, const ValidationTarget* target,
                          const ValidationOptions& options) {
  const std::vector<Check> checks = Chosen(options, target != nullptr);
  RequireArs(bus);
  ValidationRecord record;
  record.bus = bus.name();
  record.provider = bus.provider();
  std::optional<Probe> reads;
  std::optional<DestructiveProbe> destructive;
  Probe& probe = target ? destructive.emplace(bus, target->disk, target->range)
                        : reads.emplace(bus);
  std::optional<Borrowed> borrowed;
  if (target) {
    record.namespace_name = target->namespace_name;
    borrowed.emplace(*target, *destructive, options.reboot);
  }
  try {
    if (target) {
      destructive->set_may_load(options.loads);
      options.overwriting(target->range.sectors);
      if (options.reboot == Reboot::kAfter)
        destructive->set_reboot_marks(MarksIn(target->range.spa));
    }
    for (size_t i = 0; i < checks.size(); ++i) {
      if (options.cancelled()) throw Error({.cause = "interrupted"});
      options.progress(checks[i].description, i, checks.size());
      record.checks.push_back(
          Run(checks[i], probe, destructive ? &*destructive : nullptr));
      // After a reboot both checks ask for what the run before left.
      if (checks[i].description.destructive && options.reboot != Reboot::kAfter)
        borrowed->Clean();
    }
    if (borrowed && options.reboot == Reboot::kBefore)
      borrowed->LeaveMarks();
    else if (borrowed)
      borrowed->Return();
  } catch (const std::exception& cause) {
    if (!borrowed) throw;
    throw Returned(*borrowed, cause.what());
  }
  record.latencies = probe.Latencies();
  if (borrowed) record.left_behind = borrowed->left();
  return record;
}

}  // namespace daxmend
