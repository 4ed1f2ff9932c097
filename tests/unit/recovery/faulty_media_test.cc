// SPDX-License-Identifier: GPL-2.0-only
//
// What holds for every strategy however the media fails: no I/O succeeds with a
// byte that is wrong and was not counted as lost, and no byte that was good is
// gone without having been counted. DAXMEND_SEED=N repeats a run.

#include "tests/unit/recovery/faulty_media.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <tuple>

#include "tests/unit/instrumented.h"
#include "tests/unit/recovery/every_strategy.h"
#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

// 8 strategies and units: 100,000 I/Os.
constexpr int kIos = kInstrumented ? 400 : 12'500;
constexpr uint64_t kFilePages = 12;

uint64_t Seed() {
  const char* given = std::getenv("DAXMEND_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

class FaultyIo
    : public ::testing::TestWithParam<std::tuple<Strategy, SalvageUnit>> {
 protected:
  uint64_t Below(uint64_t limit) { return random() % limit; }

  void MakeFile() {
    const uint64_t size = (kFilePages - 1) * kPage + 1 + Below(kPage);
    media = std::make_unique<FaultyMedia>(size, random());
    media->wants_flag = std::get<Strategy>(GetParam()) == Strategy::kFlag;
    for (uint64_t i = Below(3); i > 0; --i) {
      const uint64_t page = Below(kFilePages);
      (Below(2) ? media->holes : media->unwritten).insert(page);
      std::fill_n(media->bytes.begin() + static_cast<long>(page * kPage), kPage,
                  std::byte{0});
    }
    if (Below(2))
      media->backup.assign(media->bytes.begin(),
                           media->bytes.begin() + static_cast<long>(size));
    recovery = std::make_unique<Recovery>(
        media.get(), TickingClock,
        Recovery::Setup{.repair = std::get<Strategy>(GetParam()),
                        .salvage = std::get<SalvageUnit>(GetParam())});
  }

  void PoisonSome() {
    for (uint64_t i = Below(10); i > 0; --i) {
      const uint64_t sector = Below(media->size / kSector);
      if (!media->holes.contains(sector / 8) &&
          !media->unwritten.contains(sector / 8))
        media->Poison(sector);
    }
  }

  FileRange AnyRange() {
    const uint64_t unit = std::array<uint64_t, 3>{1, kSector, kPage}[Below(3)];
    const uint64_t begin = Below(media->size) / unit * unit;
    const uint64_t length =
        std::max(unit, (1 + Below(media->size - begin)) / unit * unit);
    return {begin, std::min(media->size, begin + length)};
  }

  // Can a program read that byte, now or once the device is attached anew and
  // what the firmware has cleared is listed no more?
  bool Readable(uint64_t at) const {
    return !media->poison.contains(at / kSector) ||
           media->cleared.contains(at / kSector);
  }

  // One I/O as the engine does it. False when something is wrong.
  void DoOne() {
    before.assign(media->bytes.begin(),
                  media->bytes.begin() + static_cast<long>(media->size));
    // Bytes whose loss is known, or was when the sector was poisoned.
    for (size_t i = 0; i < truth.size() && i < before.size(); ++i)
      before[i] = truth[i];
    if (!media->backup.empty()) media->backup = before;
    media->cleared.clear();
    media->calls.clear();
    media->one_in = static_cast<unsigned>(std::array{3, 8, 30, 0}[Below(4)]);
    media->calls_left = Below(3) == 0 ? Below(30) : UINT64_MAX;
    media->clears_before_failing = false;
    const FileRange range = AnyRange();
    const std::byte fresh = static_cast<std::byte>(Below(256));
    buffer.assign(range.length(), fresh);
    const uint64_t kind = Below(3);
    Outcome outcome;
    if (kind == 2) {
      media->clears_before_failing =
          std::get<Strategy>(GetParam()) != Strategy::kWrite &&
          std::get<Strategy>(GetParam()) != Strategy::kFlag;
      outcome = recovery->Overwrite(range.begin, buffer);
    } else {
      const ssize_t n = kind == 0 ? media->ReadFile(range.begin, buffer)
                                  : media->WriteFile(range.begin, buffer);
      outcome.result = n;
      media->clears_before_failing = true;
      if (n != static_cast<ssize_t>(range.length()) &&
          (n >= 0 || IsPoisonError(static_cast<int>(-n))))
        outcome = kind == 0 ? recovery->Read(range.begin, buffer, n)
                            : recovery->Write(range.begin, buffer, n);
    }
    Check(range, kind != 0, fresh, outcome);
  }

  void Check(FileRange range, bool write, std::byte fresh,
             const Outcome& outcome) {
    const uint64_t served =
        outcome.result > 0 ? static_cast<uint64_t>(outcome.result) : 0;
    ASSERT_LE(served, range.length());
    if (write) {
      ASSERT_NE(outcome.result, 0);
    }
    const FileRange done = FileRange::OfLength(range.begin, served);
    uint64_t wrong = 0, first = 0;
    std::set<uint64_t> sectors;
    truth = before;
    truth.resize(media->size);
    const FileRange touched =
        write ? AlignOut(range, kSector) : FileRange{0, 0};
    for (uint64_t at = 0; at < media->size; at += kSector) {
      const uint64_t end = std::min(media->size, at + kSector);
      const std::byte* now = media->bytes.data() + at;
      if (!touched.Contains(at) && end <= before.size() &&
          std::memcmp(now, before.data() + at, end - at) == 0)
        continue;
      if (!Readable(at)) continue;
      for (uint64_t i = at; i < end; ++i, ++now) {
        bool right = *now == (i < before.size() ? before[i] : std::byte{0});
        if (write && done.Contains(i)) right = *now == fresh;
        // Of a write that failed the rest may be there or not.
        if (write && range.Contains(i) && !done.Contains(i))
          right = right || *now == fresh;
        if (!right) {
          if (wrong++ == 0) first = i;
          sectors.insert(i / kSector);
        }
        // Known from here on.
        truth[i] = *now;
      }
    }
    EXPECT_LE(wrong, outcome.lost_bytes)
        << "wrong bytes that are not counted as lost, the first at " << first
        << ", after " << (write ? "a write of " : "a read of ") << range.begin
        << ".." << range.end << " that gave " << outcome.result << ", step "
        << static_cast<int>(outcome.failed) << ", error " << outcome.error
        << ":" << media->calls;
    EXPECT_LE(sectors.size(), outcome.lost_sectors);
    for (uint64_t i = 0; !write && i < served; ++i)
      ASSERT_EQ(buffer[i], media->At(range.begin + i))
          << "a read gave what the file does not hold, at " << i;
    // But for pages that could not be cut back, which fails the I/O.
    if (outcome.failed == Step::kNone) {
      EXPECT_EQ(media->size, before.size()) << "the file has grown";
    }
    lost += outcome.lost_bytes;
    if (outcome.result == static_cast<ssize_t>(range.length())) ++succeeded;
  }

  std::mt19937_64 random;
  std::unique_ptr<FaultyMedia> media;
  std::unique_ptr<Recovery> recovery;
  std::vector<std::byte> before, truth, buffer;
  uint64_t succeeded = 0, lost = 0;
};

TEST_P(FaultyIo, NoByteIsWrongOrGoneThatWasNotCountedAsLost) {
  const uint64_t seed = Seed();
  random.seed(seed);
  uint64_t faults = 0;
  for (int i = 0; i < kIos; ++i) {
    SCOPED_TRACE("DAXMEND_SEED=" + std::to_string(seed) + ", I/O " +
                 std::to_string(i));
    if (i % 50 == 0) {
      if (media) faults += media->faults;
      MakeFile();
      truth.assign(media->bytes.begin(),
                   media->bytes.begin() + static_cast<long>(media->size));
    }
    PoisonSome();
    DoOne();
    if (HasFailure()) return;
  }
  std::cout << "DAXMEND_SEED=" << seed << ": " << kIos << " I/Os, " << faults
            << " faults, " << succeeded << " I/Os succeeded, " << lost
            << " bytes counted as lost, 0 violations\n";
  EXPECT_GT(succeeded, kIos / 4);
  EXPECT_GT(faults, static_cast<uint64_t>(kIos) / 4);
}

INSTANTIATE_TEST_SUITE_P(Recovery, FaultyIo, AllStrategies(), StrategyName);

}  // namespace
}  // namespace daxmend
