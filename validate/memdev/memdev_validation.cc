// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/text.h"

namespace daxmend {
namespace {

constexpr uint64_t kTestRangeBytes = uint64_t{1} << 20;

std::vector<MemdevCheck> ChosenChecks(const MemdevOptions& options) {
  std::vector<std::string> wanted = options.only;
  std::vector<MemdevCheck> chosen;
  const std::vector<MemdevCheck> of_reboot = RebootChecks();
  for (const MemdevCheck& check : AllMemdevChecks()) {
    const std::string& id = check.description.id;
    if (std::erase(wanted, id) == 0 && !options.only.empty()) continue;
    if (options.reboot == Reboot::kAfter &&
        std::none_of(
            of_reboot.begin(), of_reboot.end(),
            [&](const MemdevCheck& one) { return one.description.id == id; }))
      continue;
    if (check.description.destructive && !options.destructive) {
      if (!options.only.empty())
        throw Error({.thing = id,
                     .cause = "poisons and writes",
                     .way_out = "add --destructive"});
      continue;
    }
    chosen.push_back(check);
  }
  if (!wanted.empty())
    throw Error({.thing = "check " + wanted.front(),
                 .cause = "does not exist",
                 .way_out = "see 'daxmend validate --memdev --list'"});
  return chosen;
}

class MemdevRun {
 public:
  MemdevRun(MemdevTransport& device, const MemdevOptions& options)
      : device_(device), reads_(device), destructive_(options.destructive) {
    if (!destructive_) return;
    range_ = EndOfMemdev(device.facts());
    // Where it was, whatever the device says of its capacity now.
    if (options.left && !options.left->undo.range.empty())
      range_ = options.left->undo.range;
    writes_.emplace(device, range_);
    if (options.reboot == Reboot::kAfter) {
      TakeMarks(options.left.value());
      return;
    }
    const std::string why = WhyNoPoison();
    undo_ = ReadMemdevUndo(device, why.empty() ? range_ : DpaRange{});
    if (!why.empty()) {
      undo_.refused[MemdevCommand::kInjectPoison] = why;
      undo_.refused[MemdevCommand::kClearPoison] = why;
    }
    writes_->Refuse(undo_.refused);
    own_events_ = EventsAreEmpty();
    if (!undo_.empty()) options.keep(undo_);
  }

  CheckResult Ask(const MemdevCheck& check) {
    CheckResult result{.check = check.description,
                       .verdict = CheckVerdict::kPass,
                       .reason = "",
                       .evidence = {},
                       .evidence_left_out = 0};
    MemdevProbe& probe = writes_ ? *writes_ : reads_;
    probe.Begin();
    try {
      if (check.by == AskedBy::kDirect) probe.mailbox();
      if (check.by == AskedBy::kKernel) probe.kernel();
      if (const auto* reads = std::get_if<void (*)(MemdevProbe&)>(&check.run))
        (*reads)(probe);
      else
        std::get<void (*)(MemdevWriter&)>(check.run)(writes_.value());
    } catch (const CheckEnd& end) {
      result.verdict = end.verdict;
      result.reason = end.reason;
    }
    probe.Finish(result);
    if (check.description.destructive) Clean();
    return result;
  }

  // For a run after a reboot; everything else was put back.
  void LeaveMarks(const MemdevOptions& options) {
    const MemdevUndo undo = UndoOfMarks(undo_);
    if (!undo.empty()) options.keep(undo);
    const MemdevRebootMarks marks = LeaveRebootMarks(*writes_);
    if (own_events_)
      device_.Send(MemdevCommand::kClearEvents, EncodeClearEvents(0, {}));
    options.leave({.undo = undo, .marks = marks});
  }

  // Everything, for the last time. Returns what is left.
  std::string Finish() {
    if (!destructive_) return "";
    told_.merge(writes_->TakeTold());
    return PutBack(*writes_, undo_, told_);
  }

  std::vector<FunctionLatency> Latencies() const {
    return writes_ ? writes_->Latencies() : reads_.Latencies();
  }
  DpaRange range() const { return range_; }

 private:
  // Why no line may be poisoned; empty when there is no reason. Throws Error
  // where one of the range already is.
  std::string WhyNoPoison() {
    std::vector<DpaRange> bad;
    try {
      writes_->Need({MemdevCommand::kGetPoison, MemdevCommand::kInjectPoison,
                     MemdevCommand::kClearPoison});
      bad = IntersectAll(range_, writes_->ReadBefore());
      if (device_.mailbox() && !writes_->GetPoisonOf(writes_->Parts().back()))
        writes_->Skip("the device lists no poison of volatile memory");
    } catch (const CheckEnd& end) {
      return end.verdict == CheckVerdict::kSkip
                 ? end.reason
                 : "what is poisoned already cannot be listed: " + end.reason;
    }
    if (!bad.empty())
      throw Error({.thing = "the last MiB of " + device_.facts().name,
                   .cause = "already lists poison (" + DpasInWords(bad) + ")",
                   .way_out = "clear it first ('daxmend restore', 'daxmend "
                              "clear /dev/cxl/" +
                              device_.facts().name + "')"});
    return "";
  }

  // What the run before the reboot has changed is for this one to put back.
  void TakeMarks(const MemdevLeft& left) {
    marks_ = left.marks;
    undo_ = left.undo;
    writes_->set_reboot_marks(&marks_);
    for (int64_t line : {MemdevRebootMarks::kLeft, MemdevRebootMarks::kCleared})
      if (marks_.no_poison.empty()) writes_->Adopt(writes_->Line(line));
    told_.insert(MemdevCommand::kInjectPoison);
    for (const MemdevUndo::Command& command : undo_.commands)
      told_.insert(command.command);
  }

  // Whether what the informational log will hold is ours to clear.
  bool EventsAreEmpty() {
    if (!device_.mailbox()) return false;
    try {
      return writes_->Offers(MemdevCommand::kClearEvents) &&
             writes_->GetEvents(0).count == 0;
    } catch (const CheckEnd&) {
      return false;
    }
  }

  // What the check has changed. Finish() tries again what was not done.
  void Clean() {
    const std::set<MemdevCommand> told = writes_->TakeTold();
    told_.insert(told.begin(), told.end());
    PutBack(*writes_, undo_, told);
    writes_->TakeTold();
    if (own_events_ && told.contains(MemdevCommand::kInjectPoison))
      device_.Send(MemdevCommand::kClearEvents, EncodeClearEvents(0, {}));
  }

  MemdevTransport& device_;
  MemdevProbe reads_;
  std::optional<MemdevWriter> writes_;
  const bool destructive_;
  DpaRange range_;
  MemdevUndo undo_;
  MemdevRebootMarks marks_;       // of the run before a reboot
  std::set<MemdevCommand> told_;  // by checks
  bool own_events_ = false;
};

std::string InWordsOf(const std::string& left) {
  return left.empty() ? "everything was put back"
                      : "not everything could be put back (" + left + ")";
}

}  // namespace

DpaRange EndOfMemdev(const MemdevFacts& facts) {
  if (facts.bytes() < 2 * kTestRangeBytes)
    throw Error({.thing = facts.name,
                 .cause = fmt::format("has {} bytes, too few for destructive "
                                      "checks",
                                      facts.bytes())});
  return {facts.bytes() - kTestRangeBytes, facts.bytes()};
}

ValidationRecord ValidateMemdev(MemdevTransport& device,
                                const MemdevOptions& options) {
  const std::vector<MemdevCheck> checks = ChosenChecks(options);
  const MemdevFacts& facts = device.facts();
  ValidationRecord record;
  record.memdev = {.name = facts.name,
                   .serial = Hexadecimal(facts.serial),
                   .firmware = facts.firmware,
                   .asked = device.mailbox() ? "direct" : "kernel",
                   .written = ""};
  MemdevRun run(device, options);
  if (options.destructive) record.memdev.written = DpasInWords({run.range()});
  try {
    for (size_t i = 0; i < checks.size(); ++i) {
      if (options.cancelled()) throw Error({.cause = "interrupted"});
      options.progress(checks[i].description, i, checks.size());
      record.checks.push_back(run.Ask(checks[i]));
    }
    record.latencies = run.Latencies();
    record.left_behind = run.Finish();
    if (!record.left_behind.empty()) return record;
    options.restored();
    if (options.reboot == Reboot::kBefore) run.LeaveMarks(options);
    return record;
  } catch (const std::exception& cause) {
    if (!options.destructive) throw;
    std::string kept;
    try {
      const std::string left = run.Finish();
      if (left.empty()) options.restored();
      kept = InWordsOf(left);
    } catch (const std::exception& failure) {
      kept = InWordsOf(failure.what());
    }
    throw Error(
        {.cause = std::string(cause.what()) + ": " + kept, .way_out = ""});
  }
}

}  // namespace daxmend
