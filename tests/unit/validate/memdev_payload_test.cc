// SPDX-License-Identifier: GPL-2.0-only
//
// What our own mailbox code believes of a device, and the notes of what is to
// be undone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "results/validation/validation_report.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/memdev_check.h"
#include "validate/memdev/memdev_note.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

MemoryDevice Emulated(std::string_view fault = "") {
  CxlDeviceParameters parameters = {.bytes = kEmulatedBytes,
                                    .serial = 0xda000001};
  if (!fault.empty()) AddCxlFault(fault, &parameters.faults);
  return {parameters,
          [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {}};
}

TEST(MailboxOfMemdev, AsksADevice) {
  MemoryDevice device = Emulated();
  EmulatedRegisters registers(device);
  Mailbox mailbox(registers);
  EXPECT_EQ(mailbox.payload_bytes(), 4096u);
  const MailboxAnswer answer = mailbox.Send(MemdevCommand::kIdentify, "");
  EXPECT_EQ(answer.error, 0);
  EXPECT_EQ(answer.code, MemdevCode::kSuccess);
  const Decoded<Identity> id = DecodeIdentity(answer.bytes);
  ASSERT_TRUE(id.value);
  EXPECT_EQ(id.value->total, 1u);
}

TEST(MailboxOfMemdev, BelievesNoLengthBeyondThePayload) {
  MemoryDevice device = Emulated("lengths-huge");
  EmulatedRegisters registers(device);
  Mailbox mailbox(registers);
  const MailboxAnswer answer = mailbox.Send(MemdevCommand::kIdentify, "");
  EXPECT_EQ(answer.claimed, 0x1f'ffffu);
  EXPECT_EQ(answer.bytes.size(), 4096u);
}

TEST(MailboxOfMemdev, GivesUpOnADeviceThatIsSilent) {
  MemoryDevice device = Emulated("never-answers");
  EmulatedRegisters registers(device);
  Mailbox mailbox(registers);
  EXPECT_EQ(mailbox.Send(MemdevCommand::kIdentify, "").error, ETIMEDOUT);
  const auto before = registers.Now();
  // Not two seconds again for each.
  EXPECT_EQ(mailbox.Send(MemdevCommand::kIdentify, "").error, EBUSY);
  EXPECT_LT(registers.Now() - before, std::chrono::milliseconds(100));
}

TEST(MailboxOfMemdev, GoesOnWithADeviceThatWasLate) {
  MemoryDevice device = Emulated("answers-late");
  EmulatedRegisters registers(device);
  Mailbox mailbox(registers);
  EXPECT_EQ(mailbox.Send(MemdevCommand::kIdentify, "").error, ETIMEDOUT);
  int tries = 0;
  while (mailbox.Send(MemdevCommand::kIdentify, "").error == EBUSY)
    ASSERT_LT(++tries, 1000);
}

TEST(MailboxOfMemdev, RefusesAFunctionWithoutRegisters) {
  class Nothing : public RegisterAccess {
   public:
    uint32_t Config(uint32_t) override { return UINT32_MAX; }
    uint64_t BarBytes(unsigned) override { return 0; }
    uint64_t Read(unsigned, uint64_t, unsigned) override { return 0; }
    void Write(unsigned, uint64_t, unsigned, uint64_t) override {}
    bool Reset() override { return false; }
    std::chrono::nanoseconds Now() override { return {}; }
    void Sleep(std::chrono::milliseconds) override {}
  } nothing;
  try {
    Mailbox mailbox(nothing);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no CXL device registers"));
  }
}

TEST(MemdevNote, ComesBackAsItWas) {
  MemdevNote note;
  note.facts = EmulatedFacts();
  note.address = "0000:0d:00.0";
  note.driver = "cxl_pci";
  note.undo.range = {0x1000, 0x2000};
  note.undo.commands = {{MemdevCommand::kSetLabels, std::string("\0\xff", 2)}};
  const Decoded<MemdevNote> back = DecodeNote(Encode(note));
  ASSERT_TRUE(back.value) << back.error;
  EXPECT_EQ(Encode(*back.value), Encode(note));
  EXPECT_EQ(back.value->undo.commands[0].payload, std::string("\0\xff", 2));
  EXPECT_EQ(DecodeNote("{}").error, "it is damaged");
  note.address = "../../kernel";
  EXPECT_EQ(DecodeNote(Encode(note)).error, "it names no PCI device");
}

class MemdevJournal : public InScratchDirectory {};

TEST_F(MemdevJournal, IsOneValidationsAtATime) {
  const std::string journal = directory_ + "/journal";
  {
    MemdevNotes first(journal, 7);
    EXPECT_THROW(MemdevNotes(journal, 7), Error);
    MemdevNotes other(journal, 8);
    MemdevNote note;
    note.facts = EmulatedFacts();
    first.Write(note);
  }
  // Killed: nobody has the lock, and the note is there.
  try {
    MemdevNotes second(journal, 7);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("daxmend restore"));
  }
}

TEST(MemdevValidation, RefusesARangeThatIsPoisoned) {
  MemoryDevice device = Emulated();
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  memdev.Send(MemdevCommand::kInjectPoison, EncodeDpa(kEmulatedBytes - 64));
  EXPECT_THROW(ValidateMemdev(memdev, {.only = {}, .destructive = true}),
               Error);
  // Read-only it does not matter.
  EXPECT_EQ(ValidateMemdev(memdev, {}).Count(CheckVerdict::kFail), 0u);
}

TEST(MemdevValidation, PutsBackWhenItIsInterrupted) {
  MemoryDevice device = Emulated();
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  int left = 60;
  bool restored = false;
  MemdevOptions options = {.only = {}, .destructive = true};
  options.cancelled = [&] { return left-- == 0; };
  options.restored = [&] { restored = true; };
  EXPECT_THROW(ValidateMemdev(memdev, options), Error);
  EXPECT_TRUE(restored);
  EXPECT_EQ(device.commands().poison().count(), 0u);
}

TEST(MemdevValidation, PutsLabelsAndSettingsBack) {
  MemoryDevice device = Emulated();
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  const auto settings = [&] {
    std::string all;
    std::string labels;
    AppendLittleEndian(labels, uint32_t{(128 << 10) - 256});
    AppendLittleEndian(labels, uint32_t{256});
    all += memdev.Send(MemdevCommand::kGetLabels, labels).bytes;
    all += memdev.Send(MemdevCommand::kGetAlerts, "").bytes;
    return all + memdev.Send(MemdevCommand::kGetShutdown, "").bytes;
  };
  std::string some;
  AppendLittleEndian(some, uint32_t{(128 << 10) - 200});
  AppendLittleEndian(some, uint32_t{0});
  memdev.Send(MemdevCommand::kSetLabels, some + "labels that are there");
  const std::string before = settings();
  ValidateMemdev(memdev, {.only = {}, .destructive = true});
  EXPECT_EQ(settings(), before);
}

TEST(MemdevReference, SaysWhatTheCodeChecks) {
  std::vector<CheckDescription> checks;
  for (const MemdevCheck& check : AllMemdevChecks())
    checks.push_back(check.description);
  EXPECT_EQ(ReadFile(std::string(DAXMEND_TEST_DATA) +
                     "/../../results/reference/validate-memdev-checks.md"),
            ChecksAsMarkdown(checks))
      << "make it anew: daxmend validate --memdev --list --markdown > "
         "results/reference/validate-memdev-checks.md";
}

}  // namespace
}  // namespace daxmend
