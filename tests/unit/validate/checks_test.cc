// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/fake_firmware.h"
#include "validate/validation.h"

namespace daxmend {
namespace {

class Validation : public InScratchDirectory {
 protected:
  ValidationTarget Target() {
    return {.namespace_name = "namespace0.0",
            .namespace_uuid = "u",
            .disk_name = "pmem0",
            .range = EndOfNamespace(FakeFirmware::kRange, "namespace0.0"),
            .disk = media_,
            .journal = journal_};
  }

  ValidationRecord Run(const ValidationOptions& options = {}) {
    const ValidationTarget target = Target();
    return Validate(firmware_, &target, options);
  }
  ValidationRecord Run(const std::string& id) {
    ValidationOptions options;
    options.only = {id};
    return Run(options);
  }
  CheckVerdict VerdictOf(const std::string& id) {
    return Run(id).checks.at(0).verdict;
  }

  // Answers of `wrong` get this done to them.
  void Spoil(Function wrong, std::function<void(Answer&)> how) {
    firmware_.spoil = [=](Function function, std::string_view, Answer& answer) {
      if (function == wrong) how(answer);
    };
  }

  Journal journal_{directory_};
  FakeFirmware firmware_;
  FakeMedia media_{firmware_};
};

TEST_F(Validation, FindsNothingWrongWithRightFirmware) {
  for (const CheckResult& result : Run().checks) {
    EXPECT_NE(result.verdict, CheckVerdict::kFail)
        << result.check.id << ": " << result.reason;
    EXPECT_NE(result.verdict, CheckVerdict::kWarn)
        << result.check.id << ": " << result.reason;
    EXPECT_FALSE(result.verdict == CheckVerdict::kSkip && result.reason.empty())
        << result.check.id;
  }
}

TEST_F(Validation, LeavesNothingBehind) {
  const std::string before = media_.bytes();
  const ValidationRecord record = Run();
  EXPECT_EQ(record.left_behind, "");
  EXPECT_TRUE(firmware_.bad.empty());
  EXPECT_TRUE(firmware_.listed().empty());
  EXPECT_TRUE(journal_.Entries().empty());
  EXPECT_TRUE(media_.bytes() == before);
}

TEST_F(Validation, EveryCheckHasAnIdOfItsOwnAndSaysWhereItComesFrom) {
  std::set<std::string> ids;
  for (const Check& check : AllChecks()) {
    EXPECT_TRUE(ids.insert(check.description.id).second)
        << check.description.id;
    EXPECT_TRUE(check.description.section.starts_with("ACPI 6.5 §"))
        << check.description.id;
    EXPECT_FALSE(check.description.title.empty());
  }
  EXPECT_GE(ids.size(), 60u);
}

TEST_F(Validation, WithoutANamespaceNothingIsWritten) {
  firmware_.spoil = [](Function function, std::string_view, Answer&) {
    EXPECT_TRUE(function != Function::kInject &&
                function != Function::kInjectClear &&
                function != Function::kClearError)
        << FunctionName(function);
  };
  const ValidationRecord record = Validate(firmware_, nullptr, {});
  for (const CheckResult& result : record.checks)
    EXPECT_FALSE(result.check.destructive) << result.check.id;
  EXPECT_EQ(record.Count(CheckVerdict::kFail), 0u);
}

TEST_F(Validation, DestructiveChecksPoisonNothingButTheTestRange) {
  const SpaRange range = Target().range.spa;
  firmware_.spoil = [&](Function function, std::string_view input,
                        Answer& answer) {
    PayloadReader reader(input), status(answer.bytes);
    if (function != Function::kInject || status.Take<uint16_t>()) return;
    const auto start = reader.Take<uint64_t>();
    const auto bad = SpaRange::OfLength(start, reader.Take<uint64_t>());
    EXPECT_TRUE(range.Contains(bad)) << bad.begin;
  };
  Run();
}

TEST_F(Validation, EveryCheckCanBeRunAlone) {
  for (const Check& check : AllChecks()) {
    const std::string& id = check.description.id;
    const CheckResult result = Run(id).checks.at(0);
    EXPECT_EQ(result.check, check.description);
    EXPECT_TRUE(result.verdict == CheckVerdict::kPass ||
                result.verdict == CheckVerdict::kSkip)
        << id << ": " << result.reason;
  }
}

TEST_F(Validation, HostileAnswersFailAndNeverCrashOrHang) {
  const std::map<std::string, std::function<void(Answer&)>> hostile = {
      {"empty",
       [](Answer& answer) {
         answer.bytes.clear();
         answer.size = 0;
       }},
      {"one byte",
       [](Answer& answer) {
         answer.bytes.resize(1);
         answer.size = 1;
       }},
      {"cut",
       [](Answer& answer) {
         answer.bytes.resize(answer.bytes.size() / 2);
         answer.size = answer.bytes.size();
       }},
      {"all ones",
       [](Answer& answer) {
         answer.bytes.assign(answer.bytes.size(), '\xff');
       }},
      {"huge counts",
       [](Answer& answer) {
         if (answer.bytes.size() >= 8) answer.bytes.replace(4, 4, 4, '\xff');
         if (answer.bytes.size() >= 48) answer.bytes.replace(44, 4, 4, '\xff');
       }},
      {"huge size", [](Answer& answer) { answer.size = UINT32_MAX; }},
      {"no answer",
       [](Answer& answer) {
         answer = {EINVAL, "", 0};
       }},
  };
  const std::set<std::pair<std::string, Function>> harmless = {
      {"huge counts", Function::kClearError},  // its reserved dword
      {"huge counts", Function::kInject},      // has no more than a status
      {"huge size", Function::kClearError},    // Linux does not tell it
  };
  for (const auto& [name, spoil] : hostile)
    for (Function function :
         {Function::kArsCapabilities, Function::kStartArs, Function::kArsStatus,
          Function::kClearError, Function::kInject, Function::kInjectStatus}) {
      if (harmless.contains({name, function})) continue;
      SCOPED_TRACE(name + " from " + FunctionName(function));
      firmware_.bad.clear();
      Spoil(function, spoil);
      EXPECT_GT(Run().Count(CheckVerdict::kFail), 0u);
      for (const JournalEntry& entry : journal_.Entries())
        journal_.Remove(entry.id);
    }
}

TEST_F(Validation, AScrubThatNeverEndsIsGivenUp) {
  Spoil(Function::kArsStatus, [](Answer& answer) {
    answer.bytes.replace(2, 2, {'\1', '\0'});
  });
  const CheckResult result = Run("STATUS-01").checks.at(0);
  EXPECT_EQ(result.verdict, CheckVerdict::kFail);
  EXPECT_EQ(result.reason, "the scrub is still in progress after 60 s");
}

TEST_F(Validation, AFirmwareThatHangsOnceIsNotWaitedForLongAgain) {
  Spoil(Function::kArsStatus, [](Answer& answer) {
    answer.bytes.replace(2, 2, {'\1', '\0'});
  });
  EXPECT_GT(Run().Count(CheckVerdict::kFail), 30u);
  EXPECT_LT(firmware_.Now(), std::chrono::minutes(10));
}

TEST_F(Validation, AKernelThatCannotScrubIsAFinding) {
  firmware_.scrubs = false;
  firmware_.announces = false;
  EXPECT_EQ(VerdictOf("WAY-09"), CheckVerdict::kFail);
}

TEST_F(Validation, SeesRecordsThatStayAfterTheyWereCleared) {
  std::string kept;
  firmware_.spoil = [&](Function function, std::string_view, Answer& answer) {
    if (function == Function::kStartArs) kept.clear();
    if (function != Function::kArsStatus) return;
    if (kept.empty()) kept = answer.bytes;
    answer = {.error = 0, .bytes = kept, .size = kept.size()};
  };
  EXPECT_EQ(VerdictOf("STATUS-20"), CheckVerdict::kFail);
  EXPECT_EQ(VerdictOf("STATUS-16"), CheckVerdict::kPass);
}

TEST_F(Validation, SeesRecordsThatAreGoneOnceTheyWereRead) {
  bool read = false;
  firmware_.spoil = [&](Function function, std::string_view, Answer& answer) {
    if (function == Function::kStartArs) read = false;
    if (function != Function::kArsStatus) return;
    if (read) {
      answer.bytes.resize(48);
      answer.bytes.replace(4, 4, {48, 0, 0, 0});
      answer.bytes.replace(44, 4, 4, '\0');
      answer.size = 48;
    }
    read = true;
  };
  EXPECT_EQ(VerdictOf("STATUS-21"), CheckVerdict::kFail);
  EXPECT_EQ(VerdictOf("STATUS-13"), CheckVerdict::kPass);
}

TEST_F(Validation, SeesRecordsThatAreThereTwice) {
  Spoil(Function::kArsStatus, [](Answer& answer) {
    answer.bytes += answer.bytes.substr(48);
    answer.bytes[4] = static_cast<char>(answer.bytes.size());
    answer.bytes[5] = static_cast<char>(answer.bytes.size() >> 8);
    answer.bytes[44] = static_cast<char>(answer.bytes[44] * 2);
    answer.size = answer.bytes.size();
  });
  EXPECT_EQ(VerdictOf("STATUS-14"), CheckVerdict::kFail);
}

TEST_F(Validation, SeesThatAnOverflowIsNotTold) {
  EXPECT_EQ(VerdictOf("STATUS-19"), CheckVerdict::kPass);
  Spoil(Function::kArsStatus, [](Answer& answer) {
    answer.bytes.replace(2, 2, 2, '\0');
    answer.bytes[42] = '\0';
  });
  EXPECT_EQ(VerdictOf("STATUS-19"), CheckVerdict::kFail);
}

TEST_F(Validation, AWriteThatFailsIsAFindingAndIsToldOf) {
  class WornMedia : public FakeMedia {
   public:
    using FakeMedia::FakeMedia;
    void Write(SectorRange, std::string_view) override {
      throw ErrnoError("write pmem0", EIO);
    }
  } worn(firmware_);
  ValidationTarget right = Target();
  const ValidationTarget target = {.namespace_name = right.namespace_name,
                                   .namespace_uuid = right.namespace_uuid,
                                   .disk_name = right.disk_name,
                                   .range = right.range,
                                   .disk = worn,
                                   .journal = journal_};
  ValidationOptions options;
  options.only = {"CLEAR-16"};
  const ValidationRecord record = Validate(firmware_, &target, options);
  EXPECT_EQ(record.checks.at(0).verdict, CheckVerdict::kFail);
  EXPECT_NE(record.left_behind, "");
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

TEST_F(Validation, AFunctionThatIsNotAdvertisedIsSkippedAndNamed) {
  firmware_.functions &= ~(uint64_t{1} << 9);
  const CheckResult result = Run("INJECT-01").checks.at(0);
  EXPECT_EQ(result.verdict, CheckVerdict::kSkip);
  EXPECT_NE(result.reason.find("ARS Error Inject Status Query"),
            std::string::npos);
  EXPECT_EQ(VerdictOf("FUNC-02"), CheckVerdict::kFail);
}

TEST_F(Validation, FindsAnErrorThatIsNotAnnounced) {
  firmware_.announces = false;
  EXPECT_EQ(VerdictOf("INJECT-20"), CheckVerdict::kFail);
}

TEST_F(Validation, KeepsWhatWasSentAndWhatCameBack) {
  const CheckResult result = Run("CAP-01").checks.at(0);
  ASSERT_EQ(result.evidence.size(), 1u);
  const Exchange& exchange = result.evidence.front();
  EXPECT_EQ(exchange.asked,
            "Query ARS Capabilities (function 1): address 0x40000000, length "
            "0x1000000");
  EXPECT_EQ(exchange.sent, "00000040 00000000 00000001 00000000");
  EXPECT_EQ(exchange.received, "00000200 30030000 00010000 01000000");
}

TEST_F(Validation, ABusWithoutScrubbingIsRefused) {
  firmware_.functions = 0;
  EXPECT_THROW(Validate(firmware_, nullptr, {}), Error);
}

TEST_F(Validation, AFunctionThatIsMissingAmongOthersIsAFinding) {
  firmware_.functions &= ~(uint64_t{1} << 3);
  EXPECT_EQ(VerdictOf("FUNC-01"), CheckVerdict::kFail);
}

TEST_F(Validation, AnUnknownCheckIsRefusedByItsName) {
  try {
    Run("CAP-99");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "check CAP-99 does not exist: see 'daxmend validate --list'");
  }
}

TEST_F(Validation, ARangeThatIsPoisonedAlreadyIsLeftAlone) {
  const SpaRange spa = Target().range.spa;
  firmware_.bad = {SpaRange::OfLength(spa.begin, 256)};
  EXPECT_THROW(Run(), Error);
  EXPECT_EQ(firmware_.bad.size(), 1u);
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_F(Validation, ADeviceThatGoesAwayLeavesTheJournalForRestore) {
  ValidationOptions options;
  options.progress = [&](const CheckDescription& check, size_t, size_t) {
    firmware_.gone = check.id == "INJECT-05";
  };
  try {
    Run(options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("run 'daxmend restore'"),
              std::string::npos)
        << e.what();
  }
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

TEST_F(Validation, AnInterruptedRunTakesBackWhatItInjected) {
  ValidationOptions options;
  int asked = 0;
  options.cancelled = [&] { return ++asked > 90; };
  EXPECT_THROW(Run(options), Error);
  EXPECT_TRUE(firmware_.bad.empty());
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_F(Validation, FirmwareThatKeepsWhatIsTakenBackIsToldOf) {
  Spoil(Function::kInjectClear, [](Answer&) {});
  const SpaRange stuck = SpaRange::OfLength(Target().range.spa.begin, 256);
  firmware_.spoil = [&](Function function, std::string_view, Answer&) {
    if (function == Function::kInjectClear || function == Function::kClearError)
      firmware_.bad = {stuck};
  };
  const ValidationRecord record = Run("INJECT-13");
  EXPECT_EQ(record.checks.at(0).verdict, CheckVerdict::kFail);
  EXPECT_NE(record.left_behind, "");
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

TEST_F(Validation, AsksAfterARebootForWhatWasLeftBefore) {
  const std::string bytes = media_.bytes();
  ValidationOptions before;
  before.only = {"CAP-01"};
  before.reboot = Reboot::kBefore;
  Run(before);
  EXPECT_EQ(firmware_.bad.size(), 1u);
  ASSERT_EQ(journal_.Entries().size(), 1u);

  ValidationOptions after;
  after.reboot = Reboot::kAfter;
  const ValidationRecord record = Run(after);
  ASSERT_EQ(record.checks.size(), 2u);
  for (const CheckResult& result : record.checks)
    EXPECT_EQ(result.verdict, CheckVerdict::kPass) << result.reason;
  EXPECT_TRUE(firmware_.bad.empty());
  EXPECT_TRUE(journal_.Entries().empty());
  EXPECT_TRUE(media_.bytes() == bytes);
}

TEST_F(Validation, SeesThatARebootLostTheError) {
  ValidationOptions before;
  before.only = {"CAP-01"};
  before.reboot = Reboot::kBefore;
  Run(before);
  firmware_.bad.clear();
  ValidationOptions after;
  after.reboot = Reboot::kAfter;
  const ValidationRecord record = Run(after);
  EXPECT_EQ(record.checks.at(0).verdict, CheckVerdict::kPass);
  EXPECT_EQ(record.checks.at(1).verdict, CheckVerdict::kWarn);
}

}  // namespace
}  // namespace daxmend
