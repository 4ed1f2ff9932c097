// SPDX-License-Identifier: GPL-2.0-only

#include "system/clock_check.h"

#include <gmock/gmock.h>

#include <cstring>

#include "core/error.h"
#include "system/file_io.h"
#include "system/host_clock.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kTrueMhz = 2594;

// A guest whose kernel takes `mhz` for its processor's rate, and whose host
// stops it for `stop_ns` of host time on each side of a reading.
class FakeGuest {
 public:
  explicit FakeGuest(uint64_t mhz, uint64_t stop_ns = 1000)
      : mhz_(mhz), stop_ns_(stop_ns) {}
  void Run(uint64_t ns) { host_ns_ += ns; }
  ClockReading Read() {
    ClockReading reading;
    reading.before_ns = GuestNs();
    Run(stop_ns_);
    reading.host_ns = host_ns_;
    Run(stop_ns_);
    reading.after_ns = GuestNs();
    return reading;
  }
  ClockCheck WatchFor(uint64_t ns) {
    const ClockWatch watch(true, [this] { return Read(); });
    Run(ns);
    return watch.Check().value();
  }

 private:
  uint64_t GuestNs() const { return host_ns_ * kTrueMhz / mhz_; }
  const uint64_t mhz_, stop_ns_;
  uint64_t host_ns_ = 77 * kSecond;
};

TEST(ClockWatch, AClockOfTheHostsRateIsOk) {
  const ClockCheck check = FakeGuest(kTrueMhz).WatchFor(10 * kSecond);
  EXPECT_EQ(check.verdict, ClockVerdict::kOk);
  EXPECT_EQ(check.problem, "");
  EXPECT_EQ(check.host_ns, 10 * kSecond + 2000);
  EXPECT_LE(check.ratio_low, 1);
  EXPECT_GE(check.ratio_high, 1);
  EXPECT_NEAR(check.ratio_high - check.ratio_low, 4000.0 / 1e10, 1e-9);
  EXPECT_EQ(ClockNote(check), "");
  EXPECT_EQ(ClockRefusal(check, "run"), "");
}

// As both were seen on a busy host.
TEST(ClockWatch, AGuestThatTook1005Or755MhzFor2594HasAWrongClock) {
  const ClockCheck slow = FakeGuest(1005).WatchFor(2 * kSecond);
  EXPECT_EQ(slow.verdict, ClockVerdict::kWrong);
  EXPECT_THAT(ClockNote(slow),
              StartsWith("WRONG: ran at 2.58109 times the host's rate ("));
  EXPECT_THAT(ClockRefusal(slow, "results/a"),
              StartsWith("the times of results/a are wrong: the guest's clock "
                         "ran at 2.58109 times the host's rate ("));
  EXPECT_THAT(ClockRefusal(slow, "results/a"),
              HasSubstr("over 2 s): boot the guest and measure again"));

  const ClockCheck slower = FakeGuest(755).WatchFor(2 * kSecond);
  EXPECT_EQ(slower.verdict, ClockVerdict::kWrong);
  EXPECT_THAT(ClockNote(slower), HasSubstr("3.43576 times"));
}

TEST(ClockWatch, AGuestThatTook2700MhzFor2594HasAWrongClock) {
  const ClockCheck check = FakeGuest(2700).WatchFor(kSecond);
  EXPECT_EQ(check.verdict, ClockVerdict::kWrong);
  EXPECT_THAT(ClockNote(check), HasSubstr("0.96074 times"));
}

// A host that stops the guest in the middle of a reading makes the answer
// vague, never wrong; with time enough it is certain again.
TEST(ClockWatch, ARunTooShortForItsReadingsProvesNothing) {
  const ClockCheck check = FakeGuest(kTrueMhz, kSecond / 20).WatchFor(kSecond);
  EXPECT_EQ(check.verdict, ClockVerdict::kUnknown);
  EXPECT_LT(check.ratio_low, 0.99);
  EXPECT_GT(check.ratio_high, 1.01);
  EXPECT_EQ(ClockNote(check),
            "not checked against the host's: readings 1.1 s apart took 0.1 s "
            "and 0.1 s, too long to tell");
  EXPECT_EQ(ClockRefusal(check, "run"),
            "cannot judge the times of run: the guest's clock was not checked "
            "against the host's: readings 1.1 s apart took 0.1 s and 0.1 s, "
            "too long to tell: measure again, or use 'daxmend vm --clock "
            "virtual'");
  EXPECT_EQ(FakeGuest(kTrueMhz, kSecond / 20).WatchFor(100 * kSecond).verdict,
            ClockVerdict::kOk);
}

// However long its readings take.
TEST(ClockWatch, ABusyHostNeverMakesARightClockWrong) {
  for (const uint64_t mhz : {kTrueMhz, kTrueMhz * 1001 / 1000})
    for (uint64_t stop = 1; stop < 10 * kSecond; stop *= 3)
      for (uint64_t ran = 1; ran < 1000 * kSecond; ran *= 7)
        ASSERT_NE(FakeGuest(mhz, stop).WatchFor(ran).verdict,
                  ClockVerdict::kWrong)
            << mhz << " MHz, stopped for " << stop << " ns, ran " << ran;
}

TEST(ClockWatch, AHostClockThatStandsStillProvesNothing) {
  const ClockWatch watch(true, [] { return ClockReading{1, 5, 2}; });
  EXPECT_EQ(ClockNote(watch.Check()),
            "not checked against the host's: the host's clock did not advance "
            "between the readings");
}

TEST(ClockWatch, AGuestWithoutHpetSaysSo) {
  const ClockWatch watch(true, [] { return ReadHostClock("/nowhere/hpet"); });
  const auto check = watch.Check();
  ASSERT_TRUE(check);
  EXPECT_EQ(check->verdict, ClockVerdict::kUnknown);
  EXPECT_EQ(ClockNote(check),
            "not checked against the host's: open /nowhere/hpet: No such file "
            "or directory");
}

TEST(ClockWatch, AHostClockThatIsGoneAtTheEndIsSaid) {
  int readings = 0;
  const ClockWatch watch(true, [&]() -> ClockReading {
    if (++readings > 1) throw Error("the HPET is busy");
    return {1, 1, 2};
  });
  EXPECT_EQ(ClockNote(watch.Check()),
            "not checked against the host's: the HPET is busy");
}

TEST(ClockWatch, NothingIsReadOutsideOfAWallClockGuest) {
  int readings = 0;
  const ClockWatch watch(false, [&] {
    ++readings;
    return ClockReading{};
  });
  EXPECT_EQ(watch.Check(), std::nullopt);
  EXPECT_EQ(readings, 0);
  EXPECT_EQ(ClockNote(std::nullopt), "");
}

using ReadHostClockTest = InScratchDirectory;

TEST_F(ReadHostClockTest, TakesThePeriodAndBothHalvesOfTheCounter) {
  char registers[0x400] = {};
  const uint32_t period = 10'000'000;  // femtoseconds: QEMU's
  const uint64_t counter = (uint64_t{3} << 32) + 5;
  std::memcpy(registers + 4, &period, sizeof period);
  std::memcpy(registers + 0xf0, &counter, sizeof counter);
  const std::string path = directory_ + "/hpet";
  ReplaceFile(path, std::string(registers, sizeof registers));
  const ClockReading reading = ReadHostClock(path);
  EXPECT_EQ(reading.host_ns, counter * 10);
  EXPECT_LE(reading.before_ns, reading.after_ns);
}

}  // namespace
}  // namespace daxmend
