// SPDX-License-Identifier: GPL-2.0-only
//
// What is the machine's doing is not told as the device's fault: processes that
// are stopped, lines of a trace that are lost, registers that are not there yet
// after a reset.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using C = MemdevCommand;

constexpr uint64_t kMailbox = 0x100, kControl = kMailbox + 0x4,
                   kMemoryStatus = 0x2000;

MemoryDevice RightDevice() {
  return {{.bytes = kEmulatedBytes, .serial = 0xda000001},
          [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {}};
}

// The process is stopped after a look at a doorbell that was still set.
class StoppedOnce : public EmulatedRegisters {
 public:
  using EmulatedRegisters::EmulatedRegisters;
  uint64_t Read(unsigned bar, uint64_t offset, unsigned bytes) override {
    const uint64_t value = EmulatedRegisters::Read(bar, offset, bytes);
    if (!rung_ || offset != kControl || time == milliseconds(0)) return value;
    Sleep(std::exchange(time, milliseconds(0)));
    return 1;
  }
  void Write(unsigned bar, uint64_t offset, unsigned bytes,
             uint64_t value) override {
    EmulatedRegisters::Write(bar, offset, bytes, value);
    rung_ = rung_ || offset == kControl;
  }
  milliseconds time{0};

 private:
  bool rung_ = false;
};

// Every doorbell stays set so long.
class Slow : public EmulatedRegisters {
 public:
  using EmulatedRegisters::EmulatedRegisters;
  void Write(unsigned bar, uint64_t offset, unsigned bytes,
             uint64_t value) override {
    EmulatedRegisters::Write(bar, offset, bytes, value);
    if (offset == kControl) Sleep(milliseconds(1500));
  }
};

// For a second after a reset registers read as all ones, or its status as
// `status`.
class ComesBackLate : public EmulatedRegisters {
 public:
  ComesBackLate(MemoryDevice& device, uint64_t status)
      : EmulatedRegisters(device), status_(status) {}
  uint64_t Read(unsigned bar, uint64_t offset, unsigned bytes) override {
    const uint64_t value = EmulatedRegisters::Read(bar, offset, bytes);
    if (Now() >= ready_) return value;
    return offset == kMemoryStatus ? status_ : UINT64_MAX;
  }
  bool Reset() override {
    ready_ = Now() + std::chrono::seconds(1);
    return EmulatedRegisters::Reset();
  }

 private:
  const uint64_t status_;
  std::chrono::nanoseconds ready_{};
};

CheckResult Only(MemdevTransport& memdev, const std::string& id) {
  return ValidateMemdev(memdev, {.only = {id}, .destructive = true}).checks[0];
}

TEST(MemdevInDoubt, LooksOnceMoreAfterItWasStopped) {
  MemoryDevice device = RightDevice();
  StoppedOnce registers(device);
  Mailbox mailbox(registers);
  registers.time = milliseconds(5000);
  EXPECT_EQ(mailbox.Send(C::kIdentify, "").error, 0);
}

TEST(MemdevInDoubt, AsksASlowCommandAgain) {
  MemoryDevice device = RightDevice();
  StoppedOnce registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  registers.time = milliseconds(1500);
  MemdevProbe probe(memdev);
  probe.Get(C::kIdentify);
  EXPECT_EQ(probe.SlowerThan(std::chrono::seconds(1)).size(), 1u);
  StoppedOnce others(device);
  DirectMemdev again(EmulatedFacts(), others);
  others.time = milliseconds(1500);
  EXPECT_EQ(ValidateMemdev(again, {.only = {"TIM-01"}}).checks[0].verdict,
            CheckVerdict::kPass);
  Slow slow(device);
  DirectMemdev ever(EmulatedFacts(), slow);
  const CheckResult result =
      ValidateMemdev(ever, {.only = {"TIM-01"}}).checks[0];
  EXPECT_EQ(result.verdict, CheckVerdict::kFail);
  EXPECT_THAT(result.reason, HasSubstr("twice"));
}

TEST(MemdevInDoubt, WaitsForRegistersAfterAReset) {
  constexpr uint64_t kDisabled = 3 << 2 | 1 << 4, kFailed = 2 << 2 | 1 << 4;
  for (uint64_t status : {UINT64_MAX, kDisabled, kFailed}) {
    MemoryDevice device = RightDevice();
    ComesBackLate registers(device, status);
    DirectMemdev memdev(EmulatedFacts(), registers);
    const CheckResult result = Only(memdev, "RST-02");
    EXPECT_EQ(result.verdict, CheckVerdict::kPass) << result.reason;
  }
}

TEST(MemdevInDoubt, ADoorbellThatNobodyRangIsTheDevices) {
  MemoryDevice device = RightDevice();
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  CxlFaults faults;
  AddCxlFault("never-answers", &faults);
  device.SetFaults(faults);
  registers.Write(2, kControl, 4, 1);
  const CheckResult result =
      ValidateMemdev(memdev, {.only = {"HLTH-01"}}).checks[0];
  EXPECT_EQ(result.verdict, CheckVerdict::kFail);
  EXPECT_THAT(result.reason, HasSubstr("the device's doorbell is set"));
}

TEST(MemdevInDoubt, LinesThatTheKernelLostAreReadAgain) {
  MemoryDevice device = RightDevice();
  EmulatedKernel once(device), ever(device);
  once.losses = 1;
  EXPECT_EQ(Only(once, "INJ-01").verdict, CheckVerdict::kPass);
  ever.losses = 1000;
  const CheckResult result = Only(ever, "INJ-01");
  EXPECT_EQ(result.verdict, CheckVerdict::kSkip);
  EXPECT_THAT(result.reason, HasSubstr("lost lines"));
}

TEST(MemdevInDoubt, MoreThanTheKernelReadsIsNoFault) {
  MemoryDevice device = RightDevice();
  EmulatedKernel memdev(device);
  for (uint64_t i = 0; i < 1100; ++i)
    memdev.Send(C::kInjectPoison, EncodeDpa(2 * i * kMediaLineBytes));
  const CheckResult result =
      ValidateMemdev(memdev, {.only = {"HARM-04"}}).checks[0];
  EXPECT_EQ(result.verdict, CheckVerdict::kSkip);
  EXPECT_THAT(result.reason, HasSubstr("the kernel reads 1"));
}

// What is asked next would be answered in its time.
TEST(MemdevInDoubt, AResetEndsACommandThatIsLate) {
  MemoryDevice device = RightDevice();
  CxlFaults faults;
  AddCxlFault("answers-late", &faults);
  device.SetFaults(faults);
  EmulatedRegisters registers(device);
  const auto answered = [&](int looks) {
    registers.Write(2, kControl, 4, 1);
    for (int i = 0; i < looks; ++i)
      if (registers.Read(2, kControl, 4) == 0) return true;
    return false;
  };
  EXPECT_FALSE(answered(2000));
  registers.Reset();
  EXPECT_FALSE(answered(2000));
  EXPECT_TRUE(answered(200));
}

}  // namespace
}  // namespace daxmend
