// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kSector = kSectorBytes;

// One extent from file 0 on, lying at device byte 1 MiB.
constexpr uint64_t kPlace = 1 << 20;
Layout OneExtent(uint64_t pages, std::vector<FileRange> poison) {
  return {
      .size = pages * kPageBytes,
      .extents = {{.file = {0, pages * kPageBytes}, .device_begin = kPlace}},
      .poison = std::move(poison)};
}

// Into a plan that held another one.
SalvagePlan Planned(const Layout& layout, FileRange range, FileRange replaced,
                    SalvageUnit unit = SalvageUnit::kSector) {
  const FileRange old = {0, kPageBytes};
  SalvagePlan plan = {{old}, {old}, {{old, {0, kPageBytes}}}, {old}};
  PlanSalvage(layout, range, replaced, unit, &plan);
  return plan;
}

TEST(PlanSalvage, IsEmptyWithoutPoison) {
  const SalvagePlan plan = Planned(OneExtent(4, {}), {0, 4 * kPageBytes}, {});
  EXPECT_EQ(plan, SalvagePlan{});
}

TEST(PlanSalvage, ReadsAroundOneBadSector) {
  const FileRange bad{kPageBytes + 2 * kSector, kPageBytes + 3 * kSector};
  const SalvagePlan plan =
      Planned(OneExtent(4, {bad}), {kPageBytes + 100, kPageBytes + 200}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPageBytes, 2 * kPageBytes}));
  EXPECT_THAT(plan.lost, ElementsAre(bad));
  EXPECT_THAT(
      plan.good,
      ElementsAre(
          ExtentMap::Piece{{kPageBytes, bad.begin},
                           {kPlace + kPageBytes, kPlace + bad.begin}},
          ExtentMap::Piece{{bad.end, 2 * kPageBytes},
                           {kPlace + bad.end, kPlace + 2 * kPageBytes}}));
}

TEST(PlanSalvage, LeavesGoodPagesAlone) {
  const SalvagePlan plan =
      Planned(OneExtent(8, {{kPageBytes, kPageBytes + kSector},
                            {5 * kPageBytes, 5 * kPageBytes + kSector}}),
              {0, 8 * kPageBytes}, {});
  EXPECT_THAT(plan.pages,
              ElementsAre(FileRange{kPageBytes, 2 * kPageBytes},
                          FileRange{5 * kPageBytes, 6 * kPageBytes}));
}

TEST(PlanSalvage, JoinsNeighbouringPoisonedPages) {
  const SalvagePlan plan = Planned(
      OneExtent(8, {{2 * kPageBytes - kSector, 2 * kPageBytes + kSector}}),
      {0, 8 * kPageBytes}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPageBytes, 3 * kPageBytes}));
}

TEST(PlanSalvage, LeavesOutPoisonedPagesThatTheIoDoesNotTouch) {
  const SalvagePlan plan =
      Planned(OneExtent(8, {{0, kSector}, {5 * kPageBytes, 6 * kPageBytes}}),
              {kPageBytes, 2 * kPageBytes}, {});
  EXPECT_THAT(plan.pages, IsEmpty());
}

TEST(PlanSalvage, HasNothingToSaveWhereAWriteReplacesWholePages) {
  const FileRange write{kPageBytes, 3 * kPageBytes};
  const SalvagePlan plan =
      Planned(OneExtent(4, {{kPageBytes, 3 * kPageBytes}}), write, write);
  EXPECT_THAT(plan.replaced, ElementsAre(write));
  EXPECT_THAT(plan.pages, IsEmpty());
  EXPECT_THAT(plan.good, IsEmpty());
  EXPECT_THAT(plan.lost, IsEmpty());
}

TEST(PlanSalvage, SavesWhatAWriteLeavesOfItsFirstAndLastPage) {
  const FileRange write{kPageBytes + kSector, 3 * kPageBytes + kSector};
  const SalvagePlan plan =
      Planned(OneExtent(5, {{kPageBytes, 4 * kPageBytes}}), write, write);
  EXPECT_THAT(plan.pages,
              ElementsAre(FileRange{kPageBytes, 2 * kPageBytes},
                          FileRange{3 * kPageBytes, 4 * kPageBytes}));
  EXPECT_THAT(plan.replaced,
              ElementsAre(FileRange{2 * kPageBytes, 3 * kPageBytes}));
  EXPECT_THAT(plan.lost,
              ElementsAre(FileRange{kPageBytes, kPageBytes + kSector},
                          FileRange{3 * kPageBytes + kSector, 4 * kPageBytes}));
  EXPECT_THAT(plan.good, IsEmpty());
}

TEST(PlanSalvage, CountsASectorThatIsReplacedInPartAsLost) {
  const FileRange write{100, 200};
  const SalvagePlan plan = Planned(OneExtent(1, {{0, kSector}}), write, write);
  EXPECT_THAT(plan.lost, ElementsAre(FileRange{0, kSector}));
}

TEST(PlanSalvage, LosesNothingWhenTheWriteCoversTheBadSector) {
  const FileRange write{kSector, 2 * kSector};
  const SalvagePlan plan = Planned(OneExtent(1, {write}), write, write);
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{0, kPageBytes}));
  EXPECT_THAT(plan.lost, IsEmpty());
  EXPECT_EQ(plan.good.size(), 2u);
}

TEST(PlanSalvage, SavesNothingPastTheEndOfTheFile) {
  Layout layout = OneExtent(2, {{kPageBytes + 3 * kSector, 2 * kPageBytes}});
  layout.size = kPageBytes + 700;  // in the page's second sector
  const SalvagePlan plan = Planned(layout, {kPageBytes, kPageBytes + 700}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPageBytes, 2 * kPageBytes}));
  EXPECT_THAT(plan.lost, IsEmpty());
  EXPECT_THAT(plan.good,
              ElementsAre(ExtentMap::Piece{
                  {kPageBytes, kPageBytes + 2 * kSector},
                  {kPlace + kPageBytes, kPlace + kPageBytes + 2 * kSector}}));
}

TEST(PlanSalvage, TakesUnwrittenBlocksForZeros) {
  Layout layout = OneExtent(1, {{0, kSector}});
  layout.extents[0].unwritten = true;
  const SalvagePlan plan = Planned(layout, {0, kPageBytes}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{0, kPageBytes}));
  EXPECT_THAT(plan.good, IsEmpty());
  EXPECT_THAT(plan.lost, IsEmpty());
}

TEST(PlanSalvage, FollowsExtentsThatLieApartOnTheDevice) {
  Layout layout{
      .size = 2 * kPageBytes,
      .extents = {{.file = {0, kPageBytes}, .device_begin = 9 * kPageBytes},
                  {.file = {kPageBytes, 2 * kPageBytes}, .device_begin = 0}},
      .poison = {{kPageBytes - kSector, kPageBytes + kSector}}};
  const SalvagePlan plan = Planned(layout, {0, 2 * kPageBytes}, {});
  EXPECT_THAT(
      plan.good,
      ElementsAre(ExtentMap::Piece{{0, kPageBytes - kSector},
                                   {9 * kPageBytes, 10 * kPageBytes - kSector}},
                  ExtentMap::Piece{{kPageBytes + kSector, 2 * kPageBytes},
                                   {kSector, kPageBytes}}));
}

}  // namespace
}  // namespace daxmend
