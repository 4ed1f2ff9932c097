// SPDX-License-Identifier: GPL-2.0-only
//
// What holds for every strategy, whatever the I/O and wherever the poison is:
// the I/O succeeds, no byte is wrong that was not counted as lost, nothing
// outside of the pages concerned changes, and the counts add up.

#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <tuple>

#include "tests/unit/instrumented.h"
#include "tests/unit/recovery/every_strategy.h"
#include "tests/unit/recovery/fixture.h"

namespace daxmend {
namespace {

constexpr int kRounds = kInstrumented ? 6 : 60;

class EveryStrategy
    : public ::testing::TestWithParam<std::tuple<Strategy, SalvageUnit>> {
 protected:
  uint64_t Below(uint64_t limit) { return random() % limit; }

  // A file with holes, extents that are unwritten, an end inside a page,
  // poison, and a backup that may be short or bad itself.
  void MakeFile() {
    media = std::make_unique<FakeMedia>((FakeMedia::kPages - 1) * kPage + 1 +
                                        Below(kPage));
    FakeMedia& m = *media;
    m.wants_flag = std::get<Strategy>(GetParam()) == Strategy::kFlag;
    for (uint64_t i = Below(6); i > 0; --i) {
      const uint64_t page = Below(FakeMedia::kPages);
      (Below(2) ? m.holes : m.unwritten).insert(page);
      std::fill_n(m.bytes.begin() + static_cast<long>(page * kPage), kPage,
                  std::byte{0});
    }
    if (Below(3)) {
      m.backup.assign(m.bytes.begin(),
                      m.bytes.begin() + static_cast<long>(m.size));
      if (Below(3) == 0) m.backup.resize(Below(m.size));
      for (uint64_t i = Below(4); i > 0; --i)
        m.bad_backup.insert(Below(m.size / kSector));
    }
    before.assign(m.bytes.begin(), m.bytes.end());
    size = m.size;
    for (uint64_t i = Below(60); i > 0; --i) {
      const uint64_t sector = Below(m.size / kSector);
      if (!m.holes.contains(sector / 8) && !m.unwritten.contains(sector / 8))
        m.Poison(sector);
    }
    poison = m.poison;
    windows = 0;
  }

  // Of any length, often along pages and sectors.
  FileRange AnyRange() {
    const uint64_t unit = std::array<uint64_t, 3>{1, kSector, kPage}[Below(3)];
    const uint64_t begin = Below(size) / unit * unit;
    const uint64_t most = std::min<uint64_t>(size - begin, 100 * kPage);
    const uint64_t length = std::max(unit, (1 + Below(most)) / unit * unit);
    return {begin, std::min(size, begin + length)};
  }

  bool PoisonIn(FileRange pages) const {
    auto at = poison.lower_bound(pages.begin / kSector);
    return at != poison.end() && *at < pages.end / kSector;
  }

  // Of the pages that `range` touches (of a write, and that it does not cover),
  // the sectors that nobody has any more.
  std::set<uint64_t> Lost(FileRange range, bool write) const {
    const bool whole_pages =
        std::get<SalvageUnit>(GetParam()) == SalvageUnit::kPage;
    std::set<uint64_t> lost;
    const FileRange pages = AlignOut(range, kPage);
    for (uint64_t page = pages.begin; page < pages.end; page += kPage) {
      const auto here = FileRange::OfLength(page, kPage);
      if (!PoisonIn(here) || (write && range.Contains(here))) continue;
      for (uint64_t at = page; at < std::min(size, here.end); at += kSector) {
        const auto sector = FileRange::OfLength(at, kSector);
        if (write && range.Contains(sector)) continue;
        if (!whole_pages && !poison.contains(at / kSector)) continue;
        const bool in_backup =
            std::min(size, sector.end) <= media->backup.size() &&
            !media->bad_backup.contains(at / kSector);
        if (!in_backup) lost.insert(at / kSector);
      }
    }
    return lost;
  }

  void Check(FileRange range, bool write, const Outcome& outcome) {
    const FakeMedia& m = *media;
    ASSERT_EQ(outcome.result, static_cast<ssize_t>(range.length()));
    EXPECT_EQ(outcome.failed, Step::kNone);
    const std::set<uint64_t> lost = Lost(range, write);
    EXPECT_EQ(outcome.lost_sectors, lost.size());
    uint64_t lost_bytes = 0;
    const FileRange touched = AlignOut(range, kPage);
    for (uint64_t i = 0; i < size; ++i) {
      std::byte expected = before[i];
      if (lost.contains(i / kSector)) expected = std::byte{0};
      const bool fresh = write && range.Contains(i);
      if (fresh) expected = kFresh;
      if (lost.contains(i / kSector) && !fresh) ++lost_bytes;
      // Poison that this I/O does not touch stays.
      if (!touched.Contains(i) && poison.contains(i / kSector))
        expected = std::byte{0xEE};
      ASSERT_EQ(m.At(i), expected) << "at byte " << i;
    }
    EXPECT_EQ(outcome.lost_bytes, lost_bytes);
    EXPECT_EQ(m.size, size);
    for (uint64_t sector : poison)
      EXPECT_EQ(m.poison.contains(sector), !touched.Contains(sector * kSector));
    uint64_t concerned = 0;  // bytes to be kept, if anything was rewritten
    bool any = false;
    for (uint64_t page = touched.begin; page < touched.end; page += kPage) {
      const auto here = Intersect(FileRange::OfLength(page, kPage), {0, size});
      const bool bad = PoisonIn(FileRange::OfLength(page, kPage));
      any = any || bad;
      if (write)
        concerned += bad ? here.length() - Intersect(here, range).length() : 0;
      else
        concerned += bad ? here.length() : Intersect(here, range).length();
    }
    EXPECT_EQ(outcome.saved_bytes + outcome.lost_bytes, any ? concerned : 0);
    const Strategy repair = std::get<Strategy>(GetParam());
    if (repair == Strategy::kClear || repair == Strategy::kPunch)
      EXPECT_EQ(windows > 0, any);
    else
      EXPECT_EQ(windows, 0u);
  }

  std::mt19937_64 random{20211104};
  std::unique_ptr<FakeMedia> media;
  std::vector<std::byte> before;
  std::set<uint64_t> poison;
  uint64_t size = 0;
  uint64_t windows = 0;
};

TEST_P(EveryStrategy, GetsEveryIoRight) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    MakeFile();
    Recovery recovery(media.get(), TickingClock,
                      {.repair = std::get<Strategy>(GetParam()),
                       .salvage = std::get<SalvageUnit>(GetParam()),
                       .window = [this](uint64_t) { ++windows; }});
    const FileRange range = AnyRange();
    std::vector<std::byte> buffer(range.length(), kFresh);
    const uint64_t kind = Below(3);
    if (kind == 0) {
      const ssize_t n = media->ReadFile(range.begin, buffer);
      if (n >= 0) continue;
      const Outcome outcome = recovery.Read(range.begin, buffer, n);
      Check(range, false, outcome);
      EXPECT_TRUE(
          std::equal(buffer.begin(), buffer.end(),
                     media->bytes.begin() + static_cast<long>(range.begin)));
    } else if (kind == 1) {
      const ssize_t n = media->WriteFile(range.begin, buffer);
      if (n == static_cast<ssize_t>(buffer.size())) continue;
      // What the kernel's own write repaired is not the recovery's.
      poison = media->poison;
      for (uint64_t i = 0; n > 0 && i < static_cast<uint64_t>(n); ++i)
        before[range.begin + i] = kFresh;
      Check(range, true, recovery.Write(range.begin, buffer, n));
    } else {
      if (std::get<Strategy>(GetParam()) == Strategy::kWrite) {
        // The kernel may repair a part of it before it gives up.
        EXPECT_EQ(recovery.Overwrite(range.begin, buffer).result,
                  static_cast<ssize_t>(range.length()));
        for (uint64_t i = range.begin; i < range.end; ++i)
          ASSERT_EQ(media->At(i), kFresh);
      } else {
        Check(range, true, recovery.Overwrite(range.begin, buffer));
      }
    }
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Recovery, EveryStrategy, AllStrategies(),
                         StrategyName);

}  // namespace
}  // namespace daxmend
