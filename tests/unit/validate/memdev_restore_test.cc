// SPDX-License-Identifier: GPL-2.0-only
//
// What `daxmend restore` makes of the note of a validation that was killed, and
// which devices a session takes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/fake_memdevs.h"
#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_session.h"
#include "validate/memdev/memdev_validation.h"
#include "validate/memdev/pci_registers.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using C = MemdevCommand;

constexpr uint64_t kSerial = 0xda000001;
constexpr uint32_t kLabelsAt = (128 << 10) - kTestLabelBytes;

class MemdevRestore : public InScratchDirectory {
 protected:
  FakeMemdevs machine_;
  const std::string journal_ = directory_ + "/journal";

  MemdevSession Session(bool direct, const std::string& name = "mem0") {
    return MemdevSession({.memdev = name,
                          .direct = direct,
                          .destructive = true,
                          .journal = journal_},
                         machine_);
  }
  // As a run leaves things that was killed after it had changed labels and
  // poisoned a line.
  void LeaveNote(FakeMemdevs::One& one, bool direct) {
    EmulatedRegisters registers(one.device);
    DirectMemdev device(EmulatedFacts(), registers);
    MemdevNote note;
    note.facts = EmulatedFacts();
    note.facts.serial = one.serial;
    if (direct) {
      note.address = one.place.address;
      note.driver = "cxl_pci";
    }
    const DpaRange range = EndOfMemdev(note.facts);
    note.undo = ReadMemdevUndo(device, range);
    MemdevNotes(journal_, one.serial).Write(note);
    device.Send(C::kSetLabels, EncodeSetLabels(kLabelsAt, "overwritten"));
    device.Send(C::kInjectPoison, EncodeDpa(range.begin));
  }
  static std::string Labels(FakeMemdevs::One& one) {
    EmulatedRegisters registers(one.device);
    DirectMemdev device(EmulatedFacts(), registers);
    std::string in;
    AppendLittleEndian(in, kLabelsAt);
    AppendLittleEndian(in, uint32_t{11});
    return device.Send(C::kGetLabels, in).bytes;
  }
  // Why not everything was restored; empty when it was.
  std::string Restored() {
    const std::vector<MemdevRestored> all = RestoreMemdevs(journal_, machine_);
    return all.empty() ? "no note" : all.front().error;
  }
  std::string Refusal(bool direct, const std::string& name = "mem0") {
    try {
      Session(direct, name);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
  static const std::string& Zeros() {
    static const std::string zeros(11, '\0');
    return zeros;
  }
};

TEST_F(MemdevRestore, GoesDirectlyToADeviceWithoutDriver) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  FakeMemdevs::TakeDriver(one);
  EXPECT_EQ(Restored(), "");
  EXPECT_EQ(Labels(one), Zeros());
  EXPECT_EQ(one.device.commands().poison().count(), 0u);
  EXPECT_EQ(one.place.driver, "cxl_pci");
  EXPECT_EQ(Restored(), "no note");
}

// The machine was booted anew: cxl_pci has the device, cxl_pmem the labels.
TEST_F(MemdevRestore, TakesTheDriverOffForWhatItKeepsToItself) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  EXPECT_EQ(Restored(), "");
  EXPECT_EQ(Labels(one), Zeros());
  EXPECT_EQ(one.device.commands().poison().count(), 0u);
  EXPECT_EQ(one.place.driver, "cxl_pci");
}

TEST_F(MemdevRestore, KeepsTheNoteOfWhatTheKernelDoesNotDo) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, false);
  EXPECT_THAT(Restored(), HasSubstr("keeps Set LSA (4103h) to itself"));
  EXPECT_THAT(Restored(), HasSubstr("Set LSA"));  // the note is still there
}

TEST_F(MemdevRestore, LeavesADeviceInUseAlone) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  one.used = true;
  EXPECT_THAT(Restored(), HasSubstr("is a part of region0"));
  EXPECT_FALSE(one.unbound);
}

TEST_F(MemdevRestore, FindsTheDeviceAtAnotherAddress) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  FakeMemdevs::TakeDriver(one);
  one.place.address = "0000:2f:00.0";
  EXPECT_EQ(Restored(), "");
  EXPECT_EQ(Labels(one), Zeros());
}

TEST_F(MemdevRestore, WritesToNoOtherDeviceAtThatAddress) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  FakeMemdevs::TakeDriver(one);
  one.serial = 0xda000002;
  EXPECT_THAT(Restored(), HasSubstr("is not in this machine"));
  EXPECT_EQ(Labels(one), "overwritten");
  EXPECT_EQ(one.place.driver, "");
}

TEST_F(MemdevRestore, WritesToNoneOfSeveralWithOneSerialNumber) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  machine_.Add(kSerial);
  EXPECT_THAT(Restored(), HasSubstr("is one of 2 with that serial number"));
  EXPECT_EQ(Labels(one), "overwritten");
}

TEST_F(MemdevRestore, GivesTheDriverBackWhenTheDeviceCannotBeAsked) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  LeaveNote(one, true);
  FakeMemdevs::TakeDriver(one);
  one.broken = true;
  EXPECT_THAT(Restored(), HasSubstr("has no registers"));
  EXPECT_EQ(one.place.driver, "cxl_pci");
  EXPECT_THAT(Restored(), HasSubstr("has no registers"));
}

TEST_F(MemdevRestore, OnlyGivesTheDriverBackWhenNothingWasChanged) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  MemdevNote note;
  note.facts = EmulatedFacts();
  note.address = one.place.address;
  note.driver = "cxl_pci";
  MemdevNotes(journal_, kSerial).Write(note);
  FakeMemdevs::TakeDriver(one);
  EXPECT_EQ(Restored(), "");
  EXPECT_EQ(one.place.driver, "cxl_pci");
}

TEST_F(MemdevRestore, ASessionTakesNoDeviceThatCannotBeFoundAgain) {
  machine_.Add(0);
  EXPECT_THAT(Refusal(true), HasSubstr("has no serial number"));
  EXPECT_THAT(Refusal(false), HasSubstr("has no serial number"));
  machine_.Add(7);
  machine_.Add(7);
  EXPECT_THAT(Refusal(true, "mem1"), HasSubstr("is one of 2"));
  machine_.Add(8);
  EXPECT_EQ(Refusal(true, "mem3"), "");
}

TEST_F(MemdevRestore, ASessionThatCannotGiveTheDriverBackKeepsItsNote) {
  FakeMemdevs::One& one = machine_.Add(kSerial);
  {
    MemdevSession session = Session(true);
    machine_.binds = false;
    EXPECT_THROW(session.End(), Error);
  }
  EXPECT_EQ(one.place.driver, "");
  machine_.binds = true;
  EXPECT_EQ(Restored(), "");
  EXPECT_EQ(one.place.driver, "cxl_pci");
}

TEST_F(MemdevRestore, AKernelRunNotesNothingThatTheKernelKeepsToItself) {
  machine_.Add(kSerial);
  const auto kernel = machine_.ByKernel(machine_.Facts("mem0"));
  for (const MemdevUndo::Command& command :
       ReadMemdevUndo(*kernel, {0x1000, 0x2000}).commands)
    EXPECT_EQ(command.command, C::kSetAlerts);
  const ValidationRecord record =
      ValidateMemdev(*kernel, {.only = {}, .destructive = true});
  EXPECT_EQ(record.left_behind, "");
}

TEST(PciSerial, IsThatOfItsCapability) {
  MemoryDevice device(
      {.bytes = kEmulatedBytes, .serial = 0x1122334455667788},
      [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
  std::string config(4096, '\0');
  device.Read(PciFunction::kConfigRegion, 0,
              std::as_writable_bytes(std::span(config)));
  EXPECT_EQ(SerialIn(config), 0x1122334455667788u);
  EXPECT_EQ(SerialIn(std::string_view(config).substr(0, 64)), 0u);
  EXPECT_EQ(SerialIn(std::string(4096, '\0')), 0u);
  EXPECT_EQ(SerialIn(std::string(4096, '\xff')), 0u);
}

}  // namespace
}  // namespace daxmend
