// SPDX-License-Identifier: GPL-2.0-only
//
// Firmware that is wrong only at a boundary, only in a state or only in one
// field, and the check that says so; firmware that is right in an unusual way,
// which no check may find fault with. tests/mutants asks the same of real
// firmware.

#include <gtest/gtest.h>

#include "tests/unit/scratch_directory.h"
#include "tests/unit/validate/fake_firmware.h"
#include "validate/validation.h"

namespace daxmend {
namespace {

using Spoil = std::function<void(Answer&)>;

uint64_t Get(const std::string& bytes, size_t at) {
  return PayloadReader(std::string_view(bytes).substr(at)).Take<uint64_t>();
}
void Put(std::string& bytes, size_t at, uint64_t value, size_t size = 8) {
  std::string field;
  AppendLittleEndian(field, value);
  bytes.replace(at, size, field, 0, size);
}

constexpr uint64_t kUnit = FakeFirmware::kUnit;
constexpr SpaRange kAll = FakeFirmware::kRange;

class OddFirmware : public FakeFirmware {
 public:
  // Changes the argument before it is looked at.
  std::function<void(Function, std::string&)> mishear = [](Function,
                                                           std::string&) {};
  std::chrono::milliseconds scrub_time{0};
  bool descending = false;

  Answer Call(Function function, std::string_view input,
              uint32_t room) override {
    std::string heard(input);
    if (heard.size() >= 16) mishear(function, heard);
    const bool busy = Now() < busy_until_;
    Answer answer = FakeFirmware::Call(busy && function == Function::kStartArs
                                           ? Function::kTranslateSpa
                                           : function,
                                       heard, room);
    if (scrub_time.count()) Delay(function, busy, answer);
    if (descending) Reverse(function, answer);
    return answer;
  }

 private:
  void Delay(Function function, bool busy, Answer& answer) {
    if (function == Function::kStartArs) {
      if (busy) {
        answer = {.error = 0, .bytes = std::string(8, '\0'), .size = 8};
        answer.bytes[0] = 6;
      } else if (answer.bytes[0] == 0) {
        busy_until_ = Now() + scrub_time;
        Put(answer.bytes, 4,
            static_cast<uint64_t>((scrub_time.count() + 999) / 1000), 4);
      }
    } else if (function == Function::kArsStatus && busy) {
      answer = {.error = 0, .bytes = std::string(48, '\0'), .size = 48};
      answer.bytes[2] = kArsBusy;
      answer.bytes[4] = 48;
    }
  }
  static void Reverse(Function function, Answer& answer) {
    const size_t head = function == Function::kArsStatus ? 48 : 8;
    const size_t each = function == Function::kArsStatus ? 24 : 16;
    if (function != Function::kArsStatus && function != Function::kInjectStatus)
      return;
    std::string turned = answer.bytes.substr(0, head);
    for (size_t at = answer.bytes.size(); at > head; at -= each)
      turned += answer.bytes.substr(at - each, each);
    answer.bytes = turned;
  }
  std::chrono::nanoseconds busy_until_{0};
};

class BlindSpots : public InScratchDirectory {
 protected:
  ValidationRecord Run(OddFirmware& firmware,
                       const std::vector<std::string>& only = {}) {
    FakeMedia media(firmware);
    Journal journal(directory_);
    const ValidationTarget target = {
        .namespace_name = "namespace0.0",
        .namespace_uuid = "u",
        .disk_name = "pmem0",
        .range = EndOfNamespace(FakeFirmware::kRange, "namespace0.0"),
        .disk = media,
        .journal = journal};
    ValidationOptions options;
    options.only = only;
    options.loads = firmware.bites;
    const ValidationRecord record = Validate(firmware, &target, options);
    for (const JournalEntry& entry : journal.Entries())
      journal.Remove(entry.id);
    return record;
  }
  void ExpectCaught(const std::string& what, const std::string& check,
                    std::function<void(OddFirmware&)> wrong) {
    SCOPED_TRACE(what);
    OddFirmware right, firmware;
    right.bites = firmware.bites = check.starts_with("LOAD");
    EXPECT_EQ(Run(right, {check}).checks.at(0).verdict, CheckVerdict::kPass);
    wrong(firmware);
    EXPECT_EQ(Run(firmware, {check}).checks.at(0).verdict, CheckVerdict::kFail);
  }
  // `how` changes what `function` is asked.
  void ExpectCaught(const std::string& what, const std::string& check,
                    Function function, std::function<void(std::string&)> how) {
    ExpectCaught(what, check, [&](OddFirmware& firmware) {
      firmware.mishear = [=](Function asked, std::string& input) {
        if (asked == function) how(input);
      };
    });
  }
  // `how` changes what `function` answers.
  void ExpectSpoilCaught(const std::string& what, const std::string& check,
                         Function function, Spoil how) {
    ExpectCaught(what, check, [&](OddFirmware& firmware) {
      firmware.spoil = [=](Function asked, std::string_view, Answer& answer) {
        if (asked == function) how(answer);
      };
    });
  }
  void ExpectNothingWrong(OddFirmware& firmware) {
    for (const CheckResult& result : Run(firmware).checks)
      EXPECT_TRUE(result.verdict == CheckVerdict::kPass ||
                  result.verdict == CheckVerdict::kSkip)
          << result.check.id << ": " << result.reason;
  }
};

struct Asked {
  Function function;
  const char *cut, *beyond, *ends, *whole;
};
constexpr Asked kAsked[] = {
    {Function::kArsCapabilities, "BOUND-03", "BOUND-02", nullptr, nullptr},
    {Function::kStartArs, "BOUND-06", "BOUND-05", "BOUND-07", "BOUND-19"},
    {Function::kInject, "BOUND-12", "BOUND-15", "BOUND-09", "BOUND-18"},
    {Function::kInjectClear, "BOUND-13", "BOUND-16", "BOUND-10", "BOUND-20"},
    {Function::kClearError, "BOUND-14", "BOUND-17", "BOUND-11", "BOUND-21"}};

TEST_F(BlindSpots, SeesAddressesAndLengthsThatAreCutTo32Bits) {
  for (const Asked& asked : kAsked) {
    const std::string name = FunctionName(asked.function);
    ExpectCaught(name + ", address", asked.cut, asked.function,
                 [](std::string& input) { input.replace(4, 4, 4, '\0'); });
    ExpectCaught(name + ", length", asked.cut, asked.function,
                 [](std::string& input) { input.replace(12, 4, 4, '\0'); });
  }
}

TEST_F(BlindSpots, SeesARangeTakenThatGoesOneUnitBeyond) {
  for (const Asked& asked : kAsked)
    ExpectCaught(FunctionName(asked.function), asked.beyond, asked.function,
                 [](std::string& input) {
                   if (Get(input, 0) + Get(input, 8) == kAll.end + kUnit)
                     Put(input, 8, Get(input, 8) - kUnit);
                 });
}

TEST_F(BlindSpots, SeesThatTheLastUnitIsTakenForAnother) {
  for (const Asked& asked : kAsked) {
    if (!asked.ends) continue;
    ExpectCaught(FunctionName(asked.function), asked.ends, asked.function,
                 [](std::string& input) {
                   const uint64_t end = Get(input, 0) + Get(input, 8);
                   if (end != kAll.end) return;
                   if (Get(input, 8) == kUnit)
                     Put(input, 0, kAll.begin);
                   else
                     Put(input, 8, Get(input, 8) - kUnit);
                 });
  }
}

TEST_F(BlindSpots, SeesThatALongRangeIsCutTo64KiB) {
  for (const Asked& asked : kAsked)
    if (asked.whole)
      ExpectCaught(FunctionName(asked.function), asked.whole, asked.function,
                   [](std::string& input) {
                     Put(input, 8, std::min<uint64_t>(Get(input, 8), 64 << 10));
                   });
}

TEST_F(BlindSpots, SeesOtherCapabilitiesOfTheLastUnit) {
  ExpectCaught("refused", "BOUND-01", Function::kArsCapabilities,
               [](std::string& input) {
                 if (Get(input, 0) == kAll.end - kUnit) Put(input, 8, 0);
               });
}

TEST_F(BlindSpots, SeesANotificationThatOnlyTheFirstErrorHas) {
  ExpectCaught("notifies into an empty table only", "STATE-02",
               [](OddFirmware& firmware) {
                 firmware.mishear = [&](Function asked, std::string& input) {
                   if (asked == Function::kInject && !firmware.bad.empty())
                     input.resize(16);
                 };
               });
}

TEST_F(BlindSpots, SeesCapabilitiesThatDependOnTheErrors) {
  ExpectCaught("the longest answer", "STATE-01", [](OddFirmware& firmware) {
    firmware.spoil = [&](Function asked, std::string_view, Answer& answer) {
      if (asked == Function::kArsCapabilities && !firmware.bad.empty())
        Put(answer.bytes, 4, 48 + 24 * firmware.bad.size(), 4);
    };
  });
}

TEST_F(BlindSpots, SeesAScrubOfTheRangeBefore) {
  ExpectCaught("the first range is kept", "STATE-08",
               [](OddFirmware& firmware) {
                 auto first = std::make_shared<std::string>();
                 firmware.mishear = [=](Function asked, std::string& input) {
                   if (asked != Function::kStartArs) return;
                   if (first->empty()) *first = input;
                   input = *first;
                 };
               });
}

TEST_F(BlindSpots, SeesARefusalThatForgetsErrors) {
  ExpectCaught("a refused injection", "STATE-09", [](OddFirmware& firmware) {
    firmware.spoil = [&](Function asked, std::string_view, Answer& answer) {
      if (asked == Function::kInject && answer.bytes[0] != 0)
        firmware.bad.clear();
    };
  });
}

TEST_F(BlindSpots, SeesAFullTableThatMovesAnError) {
  ExpectCaught("the last one", "STATE-05", [](OddFirmware& firmware) {
    firmware.spoil = [&](Function asked, std::string_view, Answer& answer) {
      if (asked != Function::kInject || answer.bytes[0] == 0) return;
      firmware.bad.back().begin += kUnit;
      firmware.bad.back().end += kUnit;
    };
  });
}

TEST_F(BlindSpots, SeesARestartThatSkipsAUnit) {
  ExpectSpoilCaught("after an overflow", "STATUS-19", Function::kArsStatus,
                    [](Answer& answer) {
                      if (!answer.bytes[42]) return;
                      Put(answer.bytes, 24, Get(answer.bytes, 24) + kUnit);
                      Put(answer.bytes, 32, Get(answer.bytes, 32) - kUnit);
                    });
}

TEST_F(BlindSpots, SeesFieldsThatAreWrongWithErrorsOnly) {
  const std::pair<size_t, const char*> fields[] = {
      {4, "size"},  {16, "length"}, {32, "restart length"},
      {40, "type"}, {42, "flags"},  {44, "count"}};
  for (const auto& [at, name] : fields)
    ExpectSpoilCaught(
        name, "FIELD-02", Function::kArsStatus, [at = at](Answer& answer) {
          if (answer.bytes.size() == 48 + 2 * 24)
            answer.bytes[at] = static_cast<char>(answer.bytes[at] ^ 8);
        });
}

TEST_F(BlindSpots, SeesReservedAndForeignFields) {
  ExpectSpoilCaught("handle", "FIELD-03", Function::kArsStatus,
                    [](Answer& answer) {
                      if (answer.bytes.size() > 72) answer.bytes[72] = 1;
                    });
  ExpectSpoilCaught("record's reserved dword", "FIELD-03", Function::kArsStatus,
                    [](Answer& answer) {
                      if (answer.bytes.size() > 76) answer.bytes[76] = 1;
                    });
  ExpectSpoilCaught("clear's reserved dword", "FIELD-04", Function::kClearError,
                    [](Answer& answer) { answer.bytes[4] = 1; });
  for (const auto& [function, check] :
       {std::pair{Function::kStartArs, "FIELD-01"},
        std::pair{Function::kClearError, "FIELD-04"},
        std::pair{Function::kInject, "FIELD-05"},
        std::pair{Function::kInjectClear, "FIELD-05"},
        std::pair{Function::kInjectStatus, "FIELD-06"}})
    ExpectSpoilCaught(std::string(FunctionName(function)) + ", extended status",
                      check, function,
                      [](Answer& answer) { answer.bytes[2] = 1; });
}

TEST_F(BlindSpots, SeesAnInjectionStatusThatIsLongerForOddCounts) {
  ExpectSpoilCaught("8 bytes more", "FIELD-06", Function::kInjectStatus,
                    [](Answer& answer) {
                      if (!(answer.bytes[4] & 1)) return;
                      answer.bytes.append(8, '\0');
                      answer.size += 8;
                    });
}

TEST_F(BlindSpots, FindsNothingWrongWithSlowScrubs) {
  for (int milliseconds : {500, 4000}) {
    SCOPED_TRACE(milliseconds);
    OddFirmware firmware;
    firmware.scrub_time = std::chrono::milliseconds(milliseconds);
    ExpectNothingWrong(firmware);
  }
}

TEST_F(BlindSpots, FindsNothingWrongWithDescendingRecords) {
  OddFirmware firmware;
  firmware.descending = true;
  ExpectNothingWrong(firmware);
}

// What only a load can see.
TEST_F(BlindSpots, Loads) {
  const auto keeps = [](Function which) {
    return [=](OddFirmware& firmware) {
      firmware.spoil = [which, &firmware](Function function,
                                          std::string_view input, Answer&) {
        if (function != which) return;
        PayloadReader reader(input);
        const auto start = reader.Take<uint64_t>();
        firmware.stuck.push_back(
            SpaRange::OfLength(start, reader.Take<uint64_t>()));
      };
    };
  };
  ExpectCaught("cleared in the lists only", "LOAD-05",
               keeps(Function::kClearError));
  ExpectCaught("uninjected in the lists only", "LOAD-07",
               keeps(Function::kInjectClear));
  for (const char* check : {"LOAD-02", "LOAD-03", "LOAD-04", "LOAD-08"})
    ExpectCaught(
        "the kernel does not hear of it", check,
        [](OddFirmware& firmware) { firmware.tells_of_loads = false; });
  ExpectCaught("a write clears in the lists only", "LOAD-06",
               keeps(Function::kInject));
  ExpectCaught("more than the poison bites", "LOAD-04",
               [](OddFirmware& firmware) {
                 firmware.spoil = [&firmware](Function function,
                                              std::string_view input, Answer&) {
                   if (function != Function::kInject) return;
                   const uint64_t start = PayloadReader(input).Take<uint64_t>();
                   firmware.stuck = {SpaRange::OfLength(start + 512, 512)};
                 };
               });
  ExpectCaught("a scrub forgets what was met", "LOAD-03",
               [](OddFirmware& firmware) {
                 firmware.spoil = [](Function function, std::string_view,
                                     Answer& answer) {
                   if (function == Function::kArsStatus)
                     Put(answer.bytes, 44, 0, 4);
                 };
               });
}

TEST_F(BlindSpots, LoadsAreAskedForAndMustBite) {
  OddFirmware firmware;
  const CheckResult asked = Run(firmware, {"LOAD-01"}).checks.at(0);
  EXPECT_EQ(asked.verdict, CheckVerdict::kSkip);
  EXPECT_NE(asked.reason.find("--loads"), std::string::npos) << asked.reason;
  firmware.bites = true;
  EXPECT_EQ(Run(firmware, {"LOAD-01"}).checks.at(0).verdict,
            CheckVerdict::kPass);
}

}  // namespace
}  // namespace daxmend
