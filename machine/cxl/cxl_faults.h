// SPDX-License-Identifier: GPL-2.0-only
//
// What a wrong CXL memory device does, one thing each: for whoever wants to see
// it caught. Faults of its registers and of its state are here; answers that
// are wrong on their way are in faults/.
//
// Thread-safe.

#ifndef DAXMEND_MACHINE_CXL_CXL_FAULTS_H_
#define DAXMEND_MACHINE_CXL_CXL_FAULTS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

struct WrongAnswer;

enum class CxlFault : uint8_t {
  kInjectIsNotListed,
  kInjectTakesMisaligned,
  kInjectTakesOutside,
  kClearDoesNothing,
  kClearClearsTheNextLine,
  kClearKeepsData,
  kListHidesTheLast,
  kListShiftsByALine,
  kListHasLengthZero,
  kListNeverEnds,
  kListForgetsWhenRead,
  kNoEventOfInjection,
  kResetForgetsPoison,
  kInterruptBeforeRecord,
  // Of registers.
  kStatusListedTwice,
  kArrayVersionZero,
  kCapabilitiesOverlap,
  kMailboxCapabilityShort,
  kMediaNotReady,
  kMailboxNotReady,
  kFirmwareHalted,
  kEventStatusReserved,
  kEventStatusStays,
  kEventStatusNever,
  kCapabilitiesWritable,
  kPayloadOf128,
  kCommandForgetsOpcode,
  kBackgroundStays,
  kLengthsHuge,
  kScanGoesBack,
  kScanNeverEnds,
  kResetNotReady,
  kNeverAnswers,
  kAnswersLate,
  // Not wrong, but unusual.
  kPayloadOf256,
  kNoPoisonCommands,
  kVendorCommands,
  kTwoPartitions,
  kVolatileNotListed,
  kLongFeature,
};

struct CxlFaults {
  std::set<CxlFault> own = {};
  std::vector<const WrongAnswer*> answers = {};
  // A vendor's command (kSelectFault) chooses others while it runs.
  bool by_command = false;
  bool operator==(const CxlFaults&) const = default;
};
// Input: a fault's place in CxlFaultNames() in two bytes, or FFFFh for none.
// Output: its name.
inline constexpr uint16_t kSelectFault = 0xc0da;

// Every name, in an order that stays.
const std::vector<std::string_view>& CxlFaultNames();
// False where there is no fault of that name. "by-command" is one.
bool AddCxlFault(std::string_view name, CxlFaults* faults);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_CXL_FAULTS_H_
