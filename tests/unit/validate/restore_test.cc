// SPDX-License-Identifier: GPL-2.0-only
//
// What a destructive run leaves when it is killed, and that restore gives every
// byte of it back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/error.h"
#include "inject/undo/undo.h"
#include "tests/unit/instrumented.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/fake_firmware.h"
#include "validate/validation.h"

namespace daxmend {
namespace {

// SIGKILL: nobody catches it.
struct Killed {};

// Firmware and media that count what a run asks of them and kill it at
// `kill_at`. Media loses the bytes that are poisoned, as hardware may.
class MortalFirmware : public FakeFirmware {
 public:
  int steps = 0;
  int kill_at = -1;

  void Step() {
    if (steps++ == kill_at) throw Killed();
  }
  Answer Call(Function function, std::string_view input,
              uint32_t room) override {
    Step();
    return FakeFirmware::Call(function, input, room);
  }
};

class MortalMedia : public FakeMedia {
 public:
  explicit MortalMedia(MortalFirmware& firmware)
      : FakeMedia(firmware), firmware_(firmware) {}

  int torn_at = -1;  // half of this write arrives, then the run is killed
  int writes = 0;
  bool keeps = true;  // what is written

  std::string Read(SectorRange sectors) override {
    firmware_.Step();
    return FakeMedia::Read(sectors);
  }
  void Write(SectorRange sectors, std::string_view content) override {
    firmware_.Step();
    if (writes++ == torn_at) {
      sectors.end = sectors.begin + (sectors.length() + 1) / 2;
      FakeMedia::Write(sectors,
                       content.substr(0, sectors.length() * kSectorBytes));
      throw Killed();
    }
    FakeMedia::Write(sectors,
                     keeps ? content : std::string(content.size(), '\0'));
  }

 private:
  MortalFirmware& firmware_;
};

// The firmware as restore sees it.
class FakeInjector : public Injector {
 public:
  explicit FakeInjector(FakeFirmware& firmware) : firmware_(firmware) {}
  std::string_view name() const override { return "fake"; }
  void Inject(SectorRange, bool) override {}
  void Uninject(SectorRange sectors) override {
    const SpaRange range = Spa(sectors);
    firmware_.Call(Function::kInjectClear,
                   EncodeRange(range.begin, range.length()), 4);
  }
  std::vector<SectorRange> Injected() override {
    std::vector<SectorRange> injected;
    for (SpaRange bad : firmware_.bad)
      injected.push_back(
          CoveringSectors({bad.begin - FakeFirmware::kRange.begin,
                           bad.end - FakeFirmware::kRange.begin}));
    return Normalize(std::move(injected));
  }
  void StartScrub() override { firmware_.StartScrub(); }
  void WaitForScrub() override {
    while (firmware_.Scrub().busy)
      firmware_.Sleep(std::chrono::milliseconds(20));
  }

 private:
  static SpaRange Spa(SectorRange sectors) {
    const DeviceRange bytes = ToBytes(sectors);
    return {FakeFirmware::kRange.begin + bytes.begin,
            FakeFirmware::kRange.begin + bytes.end};
  }
  FakeFirmware& firmware_;
};

// A namespace without a file system.
class NoFiles : public Unlisting {
 public:
  std::vector<SectorRange> Unlist(const std::vector<SectorRange>&) override {
    return {};
  }
};

class KilledValidation : public InScratchDirectory {
 protected:
  KilledValidation() {
    // Bytes that no check writes by chance, other ones in every sector.
    std::mt19937_64 random(1);
    const uint64_t sectors = FakeFirmware::kRange.length() / kSectorBytes;
    for (uint64_t s = sectors - 4096; s < sectors; ++s)
      media_.FakeMedia::Write(
          {s, s + 1},
          std::string(kSectorBytes, static_cast<char>(random() % 251)));
    before_ = media_.bytes();
    firmware_.spoil = [this](Function function, std::string_view input,
                             Answer& answer) {
      PayloadReader reader(input), status(answer.bytes);
      if (function != Function::kInject || status.Take<uint16_t>()) return;
      const auto start = reader.Take<uint64_t>();
      media_.Lose(SpaRange::OfLength(start, reader.Take<uint64_t>()));
    };
  }

  ValidationTarget Target() {
    return {.namespace_name = "namespace0.0",
            .namespace_uuid = "u",
            .disk_name = "pmem0",
            .range = EndOfNamespace(FakeFirmware::kRange, "namespace0.0"),
            .disk = media_,
            .journal = journal_};
  }
  // Runs checks until the end (true) or the kill.
  bool Run(const std::vector<std::string>& only, Reboot reboot = {}) {
    const ValidationTarget target = Target();
    ValidationOptions options;
    options.only = only;
    options.reboot = reboot;
    try {
      Validate(firmware_, &target, options);
      return true;
    } catch (const Killed&) {
      return false;
    }
  }
  std::string ErrorOf(const std::vector<std::string>& only,
                      Reboot reboot = {}) {
    try {
      Run(only, reboot);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  // When all is overwritten that a check overwrites.
  void KillBeforeTheEndOf(const char* check) {
    ASSERT_TRUE(Run({check}));
    firmware_.kill_at = firmware_.steps - 4;
    firmware_.steps = 0;
    ASSERT_FALSE(Run({check}));
    ASSERT_TRUE(media_.bytes() != before_);
    firmware_.kill_at = -1;
  }
  // As `daxmend restore` does. Returns how many sectors it left to who wrote
  // them since, which it knows of only where media keeps its bytes.
  uint64_t Restore(bool media_keeps = false) {
    firmware_.kill_at = media_.torn_at = -1;
    FakeInjector injector(firmware_);
    NoFiles no_files;
    uint64_t newer = 0;
    for (const JournalEntry& entry : journal_.Entries()) {
      std::vector<Undoing> one = {{.entry = &entry, .injector = &injector}};
      UndoMerged(one, KeptBytes({&entry}), media_,
                 media_keeps ? &no_files : nullptr);
      if (!one[0].error.empty()) throw Error(one[0].error);
      newer += one[0].newer;
      journal_.Remove(entry.id);
    }
    return newer;
  }
  void ExpectAsBefore(const std::string& when) {
    EXPECT_TRUE(media_.bytes() == before_) << when;
    EXPECT_TRUE(firmware_.bad.empty()) << when;
    EXPECT_TRUE(firmware_.listed().empty()) << when;
    EXPECT_TRUE(journal_.Entries().empty()) << when;
  }

  Journal journal_{directory_};
  MortalFirmware firmware_;
  MortalMedia media_{firmware_};
  std::string before_;
};

TEST_F(KilledValidation, GetsEveryByteBackWhereverItWasKilled) {
  ASSERT_TRUE(Run({}));
  const int steps = firmware_.steps;
  ExpectAsBefore("after a run that was not killed");
  std::mt19937_64 random(2);
  for (int i = 0; i < (kInstrumented ? 20 : 60); ++i) {
    firmware_.steps = 0;
    firmware_.kill_at =
        static_cast<int>(random() % static_cast<uint64_t>(steps));
    const std::string when = "killed at step " +
                             std::to_string(firmware_.kill_at) + " of " +
                             std::to_string(steps);
    ASSERT_FALSE(Run({})) << when;
    Restore();
    ExpectAsBefore(when);
  }
}

TEST_F(KilledValidation, GetsEveryByteBackAtEveryStepOfTheChecksThatWrite) {
  for (const char* check : {"CLEAR-16", "WAY-04", "WAY-07"}) {
    firmware_.steps = 0;
    ASSERT_TRUE(Run({check}));
    const int steps = firmware_.steps;
    for (int at = 0; at < steps; ++at) {
      firmware_.steps = 0;
      firmware_.kill_at = at;
      ASSERT_FALSE(Run({check})) << check << " at " << at;
      Restore();
      ExpectAsBefore(std::string(check) + " at " + std::to_string(at));
    }
  }
}

TEST_F(KilledValidation, GetsTheBytesBackOfAWriteThatWasTorn) {
  ASSERT_TRUE(Run({"CLEAR-16", "WAY-04"}));
  const int writes = media_.writes;
  for (int at = 0; at < writes; ++at) {
    media_.writes = 0;
    media_.torn_at = at;
    ASSERT_FALSE(Run({"CLEAR-16", "WAY-04"})) << at;
    Restore();
    ExpectAsBefore("write " + std::to_string(at) + " of " +
                   std::to_string(writes));
  }
}

TEST_F(KilledValidation, LeavesWhatSomebodyElseWroteSinceWhereMediaKeepsBytes) {
  firmware_.spoil = [](Function, std::string_view, Answer&) {};
  KillBeforeTheEndOf("CLEAR-16");
  const std::string left = media_.bytes();
  uint64_t overwritten = 0;
  while (left.compare(overwritten * kSectorBytes, kSectorBytes, before_,
                      overwritten * kSectorBytes, kSectorBytes) == 0)
    ++overwritten;
  const SectorRange sector{overwritten, overwritten + 1};
  media_.FakeMedia::Write(sector, std::string(kSectorBytes, 'N'));
  before_.replace(overwritten * kSectorBytes, kSectorBytes, kSectorBytes, 'N');
  EXPECT_EQ(Restore(true), 1u);
  ExpectAsBefore("but for the sector that was written since");
}

TEST_F(KilledValidation, KeepsTheOnlyCopyUntilTheBytesAreReadBack) {
  KillBeforeTheEndOf("CLEAR-16");
  media_.keeps = false;
  EXPECT_THROW(Restore(), Error);
  EXPECT_EQ(journal_.Entries().size(), 1u);
  media_.keeps = true;
  Restore();
  ExpectAsBefore("restored again");
}

TEST_F(KilledValidation, IsNotFollowedByAnotherBeforeItIsRestored) {
  KillBeforeTheEndOf("CLEAR-16");
  EXPECT_THAT(ErrorOf({}), testing::HasSubstr("run 'daxmend restore' first"));
  EXPECT_EQ(journal_.Entries().size(), 1u);
  Restore();
  EXPECT_TRUE(Run({"CLEAR-16"}));
  ExpectAsBefore("after it was restored");
}

TEST_F(KilledValidation,
       IsNotForgottenWhenFirmwareForgotTheErrorBeforeAReboot) {
  ASSERT_TRUE(Run({"CAP-01"}, Reboot::kBefore));
  firmware_.bad.clear();
  FakeInjector injector(firmware_);
  const std::vector<JournalEntry> entries = journal_.Entries();
  ASSERT_EQ(entries.size(), 1u);
  // What a reboot makes of the kernel's list.
  const SpaRange left = MarksIn(Target().range.spa).left;
  firmware_.ClearByWrite(left);
  EXPECT_TRUE(HasLeft(entries[0], injector.Injected(), media_));
  EXPECT_THAT(ErrorOf({}), testing::HasSubstr("--after-reboot"));
  Restore();
  ExpectAsBefore("restored");
}

TEST_F(KilledValidation, ReadsEntriesOfARunThatDidNotSaySo) {
  KillBeforeTheEndOf("CLEAR-16");
  JournalEntry entry = journal_.Entries().at(0);
  journal_.Remove(entry.id);
  entry.overwrites = false;  // schema 1
  journal_.Add(entry);
  EXPECT_TRUE(journal_.Entries().at(0).overwrites);
  Restore();
  ExpectAsBefore("restored");
}

TEST_F(KilledValidation, ARunWhoseMediaKeepsNothingIsToldOf) {
  media_.keeps = false;
  const ValidationTarget target = Target();
  ValidationOptions options;
  options.only = {"CLEAR-16"};
  const ValidationRecord record = Validate(firmware_, &target, options);
  EXPECT_THAT(record.left_behind, testing::HasSubstr("do not hold"));
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

TEST_F(KilledValidation, AnErrorThatIsNotOfThisToolStillPutsEverythingBack) {
  const ValidationTarget target = Target();
  ValidationOptions options;
  options.progress = [](const CheckDescription& check, size_t, size_t) {
    if (check.id == "WAY-05") throw std::out_of_range("stoull");
  };
  try {
    Validate(firmware_, &target, options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "stoull: all errors were uninjected and all bytes put back");
  }
  ExpectAsBefore("after the exception");
}

}  // namespace
}  // namespace daxmend
