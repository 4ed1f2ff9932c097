// SPDX-License-Identifier: GPL-2.0-only
//
// What validation of a CXL memory device leaves for a run after a reboot, which
// asks for it and puts it back. A reset of the device stands for the reboot.

#include "validate/memdev/memdev_reboot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/fake_memdevs.h"
#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_session.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using C = MemdevCommand;

constexpr uint64_t kRebootedSerial = 0xda000001;

class MemdevRebooted : public InScratchDirectory {
 protected:
  FakeMemdevs machine_;
  FakeMemdevs::One& one_ = machine_.Add(kRebootedSerial);
  const std::string journal_ = directory_ + "/journal";
  const std::string labels_ = Labels();

  ValidationRecord Run(bool direct, Reboot reboot,
                       std::vector<std::string> only = {},
                       bool stopped = false) {
    MemdevSession session({.memdev = "mem0",
                           .direct = direct,
                           .destructive = true,
                           .reboot = reboot,
                           .journal = journal_},
                          machine_);
    MemdevOptions options = {.only = std::move(only), .destructive = true};
    options.reboot = reboot;
    if (reboot == Reboot::kAfter) options.left = session.Left();
    options.keep = [&](const MemdevUndo& undo) { session.Keep(undo); };
    options.leave = [&](const MemdevLeft& left) { session.Leave(left); };
    options.restored = [&] { session.Restored(); };
    options.cancelled = [&] { return stopped; };
    ValidationRecord record = ValidateMemdev(session.device(), options);
    session.End();
    return record;
  }
  // Only the marks.
  void Leave(bool direct) { Run(direct, Reboot::kBefore, {"BOOT-01"}); }
  void Fault(const std::string& name) {
    CxlFaults faults;
    if (!AddCxlFault(name, &faults)) throw Error(name + " is no fault");
    one_.device.SetFaults(faults);
  }
  std::string Refusal(bool direct, Reboot reboot, bool stopped = false) {
    try {
      Run(direct, reboot, {"BOOT-01"}, stopped);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
  // "BOOT-01" and others of a verdict.
  static std::vector<std::string> Ids(const ValidationRecord& record,
                                      CheckVerdict verdict) {
    std::vector<std::string> ids;
    for (const CheckResult& result : record.checks)
      if (result.verdict == verdict) ids.push_back(result.check.id);
    return ids;
  }
  std::string Labels() {
    EmulatedRegisters registers(one_.device);
    DirectMemdev device(EmulatedFacts(), registers);
    MemdevProbe probe(device);
    return LastLabels(probe);
  }
  uint64_t Poisoned() { return one_.device.commands().poison().count(); }
  void ExpectAsItWas() {
    EXPECT_EQ(Poisoned(), 0u);
    EXPECT_EQ(Labels(), labels_);
    EXPECT_EQ(one_.place.driver, "cxl_pci");
    EXPECT_THAT(RestoreMemdevs(journal_, machine_), IsEmpty());
  }
};

TEST_F(MemdevRebooted, ARightDeviceKeepsAllEitherWay) {
  for (bool direct : {false, true}) {
    const ValidationRecord before = Run(direct, Reboot::kBefore);
    EXPECT_EQ(before.Count(CheckVerdict::kFail), 0u);
    EXPECT_EQ(before.left_behind, "");
    EXPECT_EQ(Poisoned(), 1u);
    EXPECT_EQ(Labels() == labels_, !direct);  // the kernel's are not written
    one_.device.Reset();
    const ValidationRecord after = Run(direct, Reboot::kAfter);
    EXPECT_THAT(
        Ids(after, CheckVerdict::kPass),
        ElementsAre("BOOT-01", "BOOT-02", "BOOT-03", "BOOT-04", "BOOT-05"));
    EXPECT_EQ(after.checks.size(), 5u);
    EXPECT_EQ(after.left_behind, "");
    ExpectAsItWas();
  }
}

TEST_F(MemdevRebooted, WrongDevicesFailTheCheckThatIsMeantForThem) {
  const std::pair<const char*, const char*> wrong[] = {
      {"reset-forgets-poison", "BOOT-01"},
      {"clear-is-undone-by-reset", "BOOT-02"},
      {"labels-forgotten-by-reset", "BOOT-03"},
      {"identify-changes-by-reset", "BOOT-04"},
      {"shutdown-count-goes-back", "BOOT-05"}};
  for (const auto& [fault, check] : wrong) {
    // It counts resets from when it became wrong.
    Fault(fault);
    Leave(true);
    one_.device.Reset();
    const ValidationRecord after = Run(true, Reboot::kAfter);
    EXPECT_THAT(Ids(after, CheckVerdict::kFail), ElementsAre(check)) << fault;
    EXPECT_EQ(after.left_behind, "") << fault;
    one_.device.SetFaults({});
    ExpectAsItWas();
  }
}

TEST_F(MemdevRebooted, EveryRunSaysWhatTheseNeed) {
  const ValidationRecord record = Run(true, Reboot::kNone, {"BOOT-04"});
  EXPECT_EQ(record.checks[0].verdict, CheckVerdict::kSkip);
  EXPECT_THAT(record.checks[0].reason, HasSubstr("run with --before-reboot"));
  ExpectAsItWas();
}

TEST_F(MemdevRebooted, WithoutPoisonTheRestIsAsked) {
  Fault("no-poison-commands");
  Leave(true);
  one_.device.Reset();
  const ValidationRecord after = Run(true, Reboot::kAfter);
  EXPECT_THAT(Ids(after, CheckVerdict::kSkip),
              ElementsAre("BOOT-01", "BOOT-02"));
  EXPECT_THAT(after.checks[0].reason, HasSubstr("has left none: "));
  EXPECT_EQ(after.Count(CheckVerdict::kFail), 0u);
}

TEST_F(MemdevRebooted, NoOtherRunTakesADeviceThatWaits) {
  Leave(true);
  EXPECT_THAT(Refusal(true, Reboot::kNone),
              HasSubstr("waits for a run with --after-reboot"));
  EXPECT_THAT(Refusal(true, Reboot::kBefore),
              HasSubstr("waits for a run with --after-reboot"));
  EXPECT_THAT(Refusal(false, Reboot::kAfter),
              HasSubstr("waits for a run with --direct"));
  EXPECT_EQ(one_.place.driver, "cxl_pci");
  Run(true, Reboot::kAfter);
  ExpectAsItWas();
  Leave(false);
  EXPECT_THAT(Refusal(true, Reboot::kAfter),
              HasSubstr("waits for a run through the kernel"));
  Run(false, Reboot::kAfter);
  ExpectAsItWas();
}

TEST_F(MemdevRebooted, WhereNothingWaitsItSaysSo) {
  EXPECT_THAT(Refusal(true, Reboot::kAfter),
              HasSubstr("has no note of a run with --before-reboot"));
  ExpectAsItWas();
}

TEST_F(MemdevRebooted, RestoreUndoesWhatWaits) {
  for (bool direct : {false, true}) {
    Leave(direct);
    one_.device.Reset();
    const std::vector<MemdevRestored> all = RestoreMemdevs(journal_, machine_);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].error, "");
    ExpectAsItWas();
  }
}

TEST_F(MemdevRebooted, CtrlCPutsBackAndLeavesNothingWaiting) {
  EXPECT_THAT(Refusal(true, Reboot::kBefore, true),
              HasSubstr("interrupted: everything was put back"));
  ExpectAsItWas();
  Leave(true);
  EXPECT_THAT(Refusal(true, Reboot::kAfter, true),
              HasSubstr("interrupted: everything was put back"));
  ExpectAsItWas();
}

TEST_F(MemdevRebooted, ADeviceThatCannotBePreparedIsPutBack) {
  Fault("code-reserved");
  EXPECT_THAT(Refusal(true, Reboot::kBefore),
              HasSubstr("could not be prepared for --after-reboot (Get"));
  one_.device.SetFaults({});
  ExpectAsItWas();
}

TEST_F(MemdevRebooted, ADriverThatCannotBeTakenOffKeepsTheNote) {
  Leave(true);
  one_.broken = true;
  EXPECT_THAT(Refusal(true, Reboot::kAfter), HasSubstr("has no registers"));
  one_.broken = false;
  EXPECT_EQ(one_.place.driver, "cxl_pci");
  Run(true, Reboot::kAfter);
  ExpectAsItWas();
}

}  // namespace
}  // namespace daxmend
