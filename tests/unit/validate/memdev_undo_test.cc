// SPDX-License-Identifier: GPL-2.0-only
//
// What validation of a CXL memory device leaves behind: nothing, on a right
// device and on wrong ones; and what it does not touch.

#include "validate/memdev/memdev_undo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/feature_settings.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using C = MemdevCommand;

class MemdevUndoing : public testing::Test {
 protected:
  std::unique_ptr<MemoryDevice> device_;
  std::unique_ptr<EmulatedRegisters> registers_;
  std::unique_ptr<DirectMemdev> memdev_;
  bool noted_ = false, restored_ = false;

  void Make(std::string_view fault = "") {
    CxlDeviceParameters parameters = {.bytes = kEmulatedBytes,
                                      .serial = 0xda000001};
    if (!fault.empty() && !AddCxlFault(fault, &parameters.faults))
      throw Error(std::string(fault) + " is no fault");
    device_ = std::make_unique<MemoryDevice>(
        parameters,
        [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
    registers_ = std::make_unique<EmulatedRegisters>(*device_);
    memdev_ = std::make_unique<DirectMemdev>(EmulatedFacts(), *registers_);
  }
  void SetFault(std::string_view fault) {
    CxlFaults faults;
    if (!fault.empty()) AddCxlFault(fault, &faults);
    device_->SetFaults(faults);
  }
  ValidationRecord Validate(std::vector<std::string> only = {}) {
    MemdevOptions options = {.only = std::move(only), .destructive = true};
    options.keep = [this](const MemdevUndo&) { noted_ = true; };
    options.restored = [this] { restored_ = true; };
    return ValidateMemdev(*memdev_, options);
  }
  std::string Get(C command, const std::string& in = "") {
    return memdev_->Send(command, in).bytes;
  }
  std::string Feature(const CxlUuid& uuid, uint16_t bytes) {
    return Get(C::kGetFeature, EncodeGetFeature(uuid, 0, bytes));
  }
  uint64_t poisoned() { return device_->commands().poison().count(); }
};

TEST_F(MemdevUndoing, ErrorsElsewhereAreNoFault) {
  Make();
  // One far away, and one that touches the range.
  const DpaRange range = EndOfMemdev(EmulatedFacts());
  for (uint64_t dpa : {uint64_t{0x1000}, range.begin - kMediaLineBytes})
    memdev_->Send(C::kInjectPoison, EncodeDpa(dpa));
  memdev_->Send(C::kClearEvents, EncodeClearEvents(0, {}));
  const ValidationRecord record = Validate();
  for (const CheckResult& result : record.checks)
    EXPECT_NE(result.verdict, CheckVerdict::kFail)
        << result.check.id << ": " << result.reason;
  EXPECT_EQ(record.left_behind, "");
  EXPECT_EQ(poisoned(), 2u);
}

TEST_F(MemdevUndoing, SettingsAreAsTheyWere) {
  Make();
  constexpr uint64_t kTime = 500'000'000'000'000'000;
  memdev_->Send(C::kSetTimestamp, EncodeDpa(kTime));
  memdev_->Send(C::kSetEventPolicy, {"\1\0\1\0", 4});
  memdev_->Send(C::kSetFeature,
                EncodeSetFeature(kPatrolScrub, 1, {"\x30\x01", 2}));
  const std::string scrub = Feature(kPatrolScrub, 4);
  const std::string policy = Get(C::kGetEventPolicy);
  EXPECT_EQ(Validate().left_behind, "");
  EXPECT_EQ(Feature(kPatrolScrub, 4), scrub);
  EXPECT_EQ(Get(C::kGetEventPolicy), policy);
  const auto time = PayloadReader(Get(C::kGetTimestamp)).Take<uint64_t>();
  EXPECT_GE(time, kTime);
  // Checks set 1,700,000,000 s.
  EXPECT_LT(time, 2 * kTime);
}

TEST_F(MemdevUndoing, ATimestampThatWasNeverSetStaysSo) {
  Make();
  Validate({"TS-02"});
  EXPECT_EQ(PayloadReader(Get(C::kGetTimestamp)).Take<uint64_t>(), 0u);
}

// A run that was killed in the middle of a check.
TEST_F(MemdevUndoing, TheNoteHasEverySetting) {
  Make();
  memdev_->Send(C::kSetEventPolicy, {"\1\1\1\1", 4});
  const std::string scrub = Feature(kPatrolScrub, 4);
  const std::string errors = Feature(kErrorCheckScrub, 9);
  const std::string policy = Get(C::kGetEventPolicy);
  const MemdevUndo undo =
      ReadMemdevUndo(*memdev_, EndOfMemdev(EmulatedFacts()));
  EXPECT_TRUE(undo.refused.empty());
  memdev_->Send(C::kSetFeature,
                EncodeSetFeature(kPatrolScrub, 1, {"\x20\x00", 2}));
  memdev_->Send(C::kSetFeature,
                EncodeSetFeature(kErrorCheckScrub, 1, {"\1\4\0\4\0", 5}));
  memdev_->Send(C::kSetEventPolicy, std::string(4, '\0'));
  ASSERT_NE(Feature(kErrorCheckScrub, 9), errors);
  EXPECT_EQ(PutBack(*memdev_, undo), "");
  EXPECT_EQ(Feature(kPatrolScrub, 4), scrub);
  EXPECT_EQ(Feature(kErrorCheckScrub, 9), errors);
  EXPECT_EQ(Get(C::kGetEventPolicy), policy);
}

TEST_F(MemdevUndoing, WhatCannotBeReadFirstIsNotWritten) {
  Make("labels-come-short");
  const MemdevUndo undo =
      ReadMemdevUndo(*memdev_, EndOfMemdev(EmulatedFacts()));
  for (const MemdevUndo::Command& command : undo.commands)
    EXPECT_NE(command.command, C::kSetLabels);
  const ValidationRecord record = Validate({"LSA-06"});
  EXPECT_EQ(record.checks[0].verdict, CheckVerdict::kSkip);
  EXPECT_THAT(record.checks[0].reason,
              HasSubstr("64 bytes of labels were asked for and 32 came"));
}

TEST_F(MemdevUndoing, AListThatMakesNoSenseEndsPoisoning) {
  for (const char* fault : {"list-count-one-more", "list-never-ends"}) {
    Make(fault);
    const ValidationRecord record = Validate({"INJ-01", "CLR-01"});
    for (const CheckResult& result : record.checks) {
      EXPECT_EQ(result.verdict, CheckVerdict::kSkip);
      EXPECT_THAT(result.reason, HasSubstr("cannot be listed"));
    }
    EXPECT_EQ(record.left_behind, "");
    EXPECT_EQ(poisoned(), 0u) << fault;
  }
}

TEST_F(MemdevUndoing, WhatIsNotListedIsClearedToo) {
  for (const char* fault : {"list-hides-the-last", "inject-is-not-listed",
                            "list-shifts-by-a-line", "list-has-length-zero"}) {
    Make(fault);
    Validate();
    EXPECT_EQ(poisoned(), 0u) << fault;
  }
}

// Only since something was poisoned.
TEST_F(MemdevUndoing, AListThatIsLostOnTheWayLosesNoLine) {
  Make();
  const DpaRange range = EndOfMemdev(EmulatedFacts());
  MemdevWriter writer(*memdev_, range);
  for (int64_t line : {4, 5, 9}) writer.Poison(writer.Line(line));
  SetFault("list-count-one-more");
  EXPECT_NE(
      PutBack(writer, {.range = range, .commands = {}}, {C::kInjectPoison}),
      "");
  EXPECT_EQ(poisoned(), 0u);
}

TEST_F(MemdevUndoing, ADeviceThatDoesNotClearIsLeftBehind) {
  Make("clear-does-nothing");
  EXPECT_THAT(Validate({"INJ-01"}).left_behind, HasSubstr("the device keeps"));
  EXPECT_FALSE(restored_);
}

TEST_F(MemdevUndoing, NothingIsLeftWhereNothingCanBeChanged) {
  Make("logs-hide-effects");
  const ValidationRecord record = Validate();
  EXPECT_EQ(record.left_behind, "");
  EXPECT_FALSE(noted_);
  EXPECT_TRUE(restored_);
}

}  // namespace
}  // namespace daxmend
