// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/cxl_faults.h"

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace {

struct FaultName {
  CxlFault fault;
  std::string_view name;
};
using F = CxlFault;
constexpr FaultName kNames[] = {
    {F::kInjectIsNotListed, "inject-is-not-listed"},
    {F::kInjectTakesMisaligned, "inject-takes-misaligned"},
    {F::kInjectTakesOutside, "inject-takes-outside"},
    {F::kClearDoesNothing, "clear-does-nothing"},
    {F::kClearClearsTheNextLine, "clear-clears-the-next-line"},
    {F::kClearKeepsData, "clear-keeps-data"},
    {F::kListHidesTheLast, "list-hides-the-last"},
    {F::kListShiftsByALine, "list-shifts-by-a-line"},
    {F::kListHasLengthZero, "list-has-length-zero"},
    {F::kListNeverEnds, "list-never-ends"},
    {F::kListForgetsWhenRead, "list-forgets-when-read"},
    {F::kNoEventOfInjection, "no-event-of-injection"},
    {F::kResetForgetsPoison, "reset-forgets-poison"},
    {F::kInterruptBeforeRecord, "interrupt-before-record"},
    {F::kStatusListedTwice, "status-listed-twice"},
    {F::kArrayVersionZero, "array-version-zero"},
    {F::kCapabilitiesOverlap, "capabilities-overlap"},
    {F::kMailboxCapabilityShort, "mailbox-capability-short"},
    {F::kMediaNotReady, "media-not-ready"},
    {F::kMailboxNotReady, "mailbox-not-ready"},
    {F::kFirmwareHalted, "firmware-halted"},
    {F::kEventStatusReserved, "event-status-reserved"},
    {F::kEventStatusStays, "event-status-stays"},
    {F::kEventStatusNever, "event-status-never"},
    {F::kCapabilitiesWritable, "capabilities-writable"},
    {F::kPayloadOf128, "payload-of-128"},
    {F::kCommandForgetsOpcode, "command-forgets-opcode"},
    {F::kBackgroundStays, "background-stays"},
    {F::kLengthsHuge, "lengths-huge"},
    {F::kScanGoesBack, "scan-goes-back"},
    {F::kScanNeverEnds, "scan-never-ends"},
    {F::kResetNotReady, "reset-not-ready"},
    {F::kNeverAnswers, "never-answers"},
    {F::kAnswersLate, "answers-late"},
    {F::kPayloadOf256, "payload-of-256"},
    {F::kNoPoisonCommands, "no-poison-commands"},
    {F::kVendorCommands, "vendor-commands"},
    {F::kTwoPartitions, "two-partitions"},
    {F::kVolatileNotListed, "volatile-is-not-listed"},
    {F::kLongFeature, "long-feature"},
};
constexpr std::string_view kByCommand = "by-command";

}  // namespace

const std::vector<std::string_view>& CxlFaultNames() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (const FaultName& one : kNames) names.push_back(one.name);
    for (const WrongAnswer& one : WrongAnswers()) names.push_back(one.name);
    return names;
  }();
  return all;
}

bool AddCxlFault(std::string_view name, CxlFaults* faults) {
  if (name == kByCommand) return faults->by_command = true;
  for (const FaultName& one : kNames)
    if (one.name == name) return faults->own.insert(one.fault), true;
  for (const WrongAnswer& one : WrongAnswers())
    if (one.name == name) return faults->answers.push_back(&one), true;
  return false;
}

}  // namespace daxmend
