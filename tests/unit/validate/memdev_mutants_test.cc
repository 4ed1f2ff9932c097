// SPDX-License-Identifier: GPL-2.0-only
//
// Every wrong CXL device is caught by the check that is meant for it; the right
// one, and unusual ones, fail none.

#include "tests/mutants/memdev_mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

MemoryDevice Device(std::initializer_list<std::string_view> faults,
                    bool is_volatile = false) {
  CxlDeviceParameters parameters = {.bytes = kEmulatedBytes,
                                    .is_volatile = is_volatile,
                                    .serial = 0xda000001};
  for (std::string_view fault : faults)
    if (!AddCxlFault(fault, &parameters.faults))
      throw Error(std::string(fault) + " is no fault");
  return {parameters,
          [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {}};
}

const MemdevOptions kAll = {.only = {}, .destructive = true};

ValidationRecord Directly(MemoryDevice& device,
                          const MemdevOptions& options = kAll,
                          bool is_volatile = false) {
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(is_volatile), registers);
  return ValidateMemdev(memdev, options);
}

ValidationRecord ByKernel(MemoryDevice& device,
                          const MemdevOptions& options = kAll) {
  EmulatedKernel memdev(device);
  return ValidateMemdev(memdev, options);
}

// "INJ-01: why\n" for each that ended so.
std::string Ended(const ValidationRecord& record, CheckVerdict verdict) {
  std::string out;
  for (const CheckResult& result : record.checks)
    if (result.verdict == verdict)
      out += result.check.id + ": " + result.reason + "\n";
  return out;
}

bool Fails(const ValidationRecord& record, std::string_view check) {
  for (const CheckResult& result : record.checks)
    if (result.check.id == check) return result.verdict == CheckVerdict::kFail;
  return false;
}

TEST(MemdevChecks, TheRightDevicePassesDirectly) {
  MemoryDevice device = Device({});
  const ValidationRecord record = Directly(device);
  EXPECT_EQ(Ended(record, CheckVerdict::kFail), "");
  EXPECT_EQ(Ended(record, CheckVerdict::kWarn), "");
  EXPECT_EQ(record.left_behind, "");
  EXPECT_EQ(device.commands().poison().count(), 0u);
  EXPECT_EQ(device.commands().EventStatus(), 0u);
  EXPECT_GE(record.Count(CheckVerdict::kPass), 150u)
      << Ended(record, CheckVerdict::kSkip);
}

TEST(MemdevChecks, TheRightDevicePassesThroughTheKernel) {
  MemoryDevice device = Device({});
  const ValidationRecord record = ByKernel(device);
  EXPECT_EQ(Ended(record, CheckVerdict::kFail), "");
  EXPECT_EQ(Ended(record, CheckVerdict::kWarn), "");
  EXPECT_EQ(record.left_behind, "");
  EXPECT_EQ(device.commands().poison().count(), 0u);
  EXPECT_GE(record.Count(CheckVerdict::kPass), 70u)
      << Ended(record, CheckVerdict::kSkip);
}

TEST(MemdevChecks, VolatileMemoryPasses) {
  MemoryDevice device = Device({}, true);
  EXPECT_EQ(Ended(Directly(device, kAll, true), CheckVerdict::kFail), "");
}

// Right, though not what is seen every day.
TEST(MemdevChecks, UnusualDevicesPass) {
  for (const char* unusual :
       {"payload-of-256", "no-poison-commands", "vendor-commands",
        "long-feature", "volatile-is-not-listed"}) {
    MemoryDevice device = Device({unusual});
    EmulatedRegisters registers(device);
    MemdevFacts facts = EmulatedFacts();
    if (std::string_view(unusual) == "payload-of-256")
      facts.payload_bytes = 256;
    DirectMemdev memdev(facts, registers);
    EXPECT_EQ(Ended(ValidateMemdev(memdev, kAll), CheckVerdict::kFail), "")
        << unusual;
  }
}

// Half of its memory is volatile: two lists, of which one need not be.
TEST(MemdevChecks, TwoPartitionsPass) {
  for (const std::string_view more : {"", "volatile-is-not-listed"}) {
    CxlDeviceParameters parameters = {.bytes = 2 * kEmulatedBytes,
                                      .serial = 0xda000001};
    AddCxlFault("two-partitions", &parameters.faults);
    if (!more.empty()) AddCxlFault(more, &parameters.faults);
    MemoryDevice device(
        parameters,
        [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
    MemdevFacts facts = EmulatedFacts();
    facts.volatile_bytes = facts.persistent_bytes = kEmulatedBytes;
    EmulatedRegisters registers(device);
    DirectMemdev memdev(facts, registers);
    ValidationRecord record = ValidateMemdev(memdev, kAll);
    EXPECT_EQ(Ended(record, CheckVerdict::kFail), "") << more;
    EXPECT_EQ(record.left_behind, "");
    EXPECT_GE(record.Count(CheckVerdict::kPass), 150u);
    EmulatedKernel kernel(device, facts);
    record = ValidateMemdev(kernel, kAll);
    EXPECT_EQ(Ended(record, CheckVerdict::kFail), "") << more;
  }
}

TEST(MemdevChecks, VolatileMemoryThatIsNotListedIsNotPoisoned) {
  MemoryDevice device = Device({"volatile-is-not-listed"}, true);
  const ValidationRecord record = Directly(device, kAll, true);
  EXPECT_EQ(Ended(record, CheckVerdict::kFail), "");
  EXPECT_NE(Ended(record, CheckVerdict::kSkip)
                .find("INJ-01: the device lists no poison of volatile memory"),
            std::string::npos);
}

TEST(MemdevChecks, TwoTebibytesPass) {
  constexpr uint64_t kBytes = uint64_t{2} << 40;
  MemoryDevice device(
      {.bytes = kBytes, .serial = 0xda000001},
      [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
  MemdevFacts facts = EmulatedFacts();
  facts.persistent_bytes = kBytes;
  EmulatedRegisters registers(device);
  DirectMemdev memdev(facts, registers);
  EXPECT_EQ(Ended(ValidateMemdev(memdev, kAll), CheckVerdict::kFail), "");
}

TEST(MemdevChecks, ADeviceThatNeverAnswersEndsThemAll) {
  MemoryDevice device = Device({"never-answers"});
  const ValidationRecord record = Directly(device);
  EXPECT_EQ(record.checks.size(), AllMemdevChecks().size());
  EXPECT_TRUE(Fails(record, "MBOX-03") ||
              record.Count(CheckVerdict::kFail) != 0);
  EXPECT_NE(Ended(record, CheckVerdict::kSkip).find("has not answered"),
            std::string::npos);
}

TEST(MemdevChecks, ADeviceThatAnswersTooLateFails) {
  MemoryDevice device = Device({"answers-late"});
  const ValidationRecord record = Directly(device);
  EXPECT_NE(Ended(record, CheckVerdict::kFail).find("within 2 s"),
            std::string::npos);
}

}  // namespace

// Otherwise a test's name has the addresses of its strings.
static void PrintTo(const MemdevMutant& mutant, std::ostream* to) {
  *to << mutant.fault;
}

namespace {

class Mutants : public testing::TestWithParam<MemdevMutant> {};

TEST_P(Mutants, IsCaught) {
  const MemdevMutant& mutant = GetParam();
  MemoryDevice device = Device({mutant.fault});
  const ValidationRecord record =
      mutant.by_kernel ? ByKernel(device) : Directly(device);
  EXPECT_TRUE(Fails(record, mutant.check))
      << mutant.fault << " is not caught by " << mutant.check << ", but by:\n"
      << Ended(record, CheckVerdict::kFail);
}

INSTANTIATE_TEST_SUITE_P(Memdev, Mutants, testing::ValuesIn(kMemdevMutants),
                         [](const auto& info) {
                           std::string name(info.param.fault);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The other faults a device can be told to have.
TEST(MemdevMutants, EveryFaultIsOneOrIsKnownNotToBe) {
  // Unusual devices, and what no mailbox can see.
  const std::set<std::string_view> others = {
      "clear-keeps-data", "never-answers",      "answers-late",
      "payload-of-256",   "no-poison-commands", "vendor-commands",
      "two-partitions",   "long-feature",       "volatile-is-not-listed"};
  std::set<std::string_view> mutants;
  for (const MemdevMutant& mutant : kMemdevMutants)
    mutants.insert(mutant.fault);
  for (std::string_view fault : CxlFaultNames())
    EXPECT_TRUE(mutants.contains(fault) != others.contains(fault)) << fault;
}

}  // namespace
}  // namespace daxmend
