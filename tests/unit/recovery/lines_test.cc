// SPDX-License-Identifier: GPL-2.0-only
//
// Recovery where poison comes in lines of 64 bytes, or blocks of 256: only
// these are lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recovery/recovery.h"
#include "tests/unit/recovery/every_strategy.h"
#include "tests/unit/recovery/fake_media.h"

namespace daxmend {
namespace {

constexpr uint64_t kPage = kPageBytes;

uint64_t Now() {
  static uint64_t now = 0;
  return ++now;
}

class OfLines : public testing::TestWithParam<std::tuple<Strategy, uint64_t>> {
 protected:
  OfLines() { media_.wants_flag = std::get<0>(GetParam()) == Strategy::kFlag; }

  const uint64_t line_ = std::get<1>(GetParam());
  FakeMedia media_{16 * kPage, line_};
  Recovery recovery_{&media_, Now, {.repair = std::get<0>(GetParam())}};
  std::vector<std::byte> buffer_;

  Outcome Read(uint64_t offset, size_t length) {
    buffer_.assign(length, std::byte{0});
    return recovery_.Read(offset, buffer_, media_.ReadFile(offset, buffer_));
  }
};

TEST_P(OfLines, AReadLosesTheLineAndNoByteMore) {
  media_.Poison(kPage / line_ + 3);
  const Outcome outcome = Read(kPage, kPage);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kPage));
  EXPECT_EQ(outcome.lost_bytes, line_);
  EXPECT_EQ(outcome.lost_sectors, 1u);
  const FileRange lost = FileRange::OfLength(kPage + 3 * line_, line_);
  for (uint64_t at = 0; at < media_.size; ++at)
    ASSERT_EQ(media_.At(at),
              lost.Contains(at) ? std::byte{0} : FakeMedia::Original(at))
        << at;
}

TEST_P(OfLines, ABackupBringsTheLineBack) {
  for (uint64_t at = 0; at < media_.size; ++at)
    media_.backup.push_back(FakeMedia::Original(at));
  media_.Poison(5);
  media_.Poison(6);
  const Outcome outcome = Read(0, 2 * kPage);
  EXPECT_EQ(outcome.lost_bytes, 0u);
  EXPECT_EQ(outcome.backup_sectors, 2u);
  for (uint64_t at = 0; at < media_.size; ++at)
    ASSERT_EQ(media_.At(at), FakeMedia::Original(at)) << at;
}

TEST_P(OfLines, WhatIsNotListedIsFoundByTheLine) {
  media_.Poison(1);
  media_.PoisonSecretly(9);
  const Outcome outcome = Read(0, kPage);
  EXPECT_EQ(outcome.lost_bytes, 2 * line_);
}

INSTANTIATE_TEST_SUITE_P(
    , OfLines,
    testing::Combine(testing::Values(Strategy::kWrite, Strategy::kFlag,
                                     Strategy::kClear, Strategy::kPunch),
                     testing::Values(uint64_t{64}, uint64_t{256})),
    [](const testing::TestParamInfo<std::tuple<Strategy, uint64_t>>& info) {
      return StrategyName({{std::get<0>(info.param), SalvageUnit::kSector},
                           info.index}) +
             std::to_string(std::get<1>(info.param));
    });

}  // namespace
}  // namespace daxmend
