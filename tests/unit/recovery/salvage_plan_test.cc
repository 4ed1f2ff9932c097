// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kPage = kPageBytes;
constexpr uint64_t kSector = kSectorBytes;

// One extent from file 0 on, lying at device byte 1 MiB.
constexpr uint64_t kPlace = 1 << 20;
Layout OneExtent(uint64_t pages, std::vector<FileRange> poison) {
  return {.size = pages * kPage,
          .extents = {{.file = {0, pages * kPage}, .device_begin = kPlace}},
          .poison = std::move(poison)};
}

TEST(PlanSalvage, IsEmptyWithoutPoison) {
  const SalvagePlan plan = PlanSalvage(OneExtent(4, {}), {0, 4 * kPage}, {});
  EXPECT_EQ(plan, SalvagePlan{});
}

TEST(PlanSalvage, ReadsAroundOneBadSector) {
  const FileRange bad{kPage + 2 * kSector, kPage + 3 * kSector};
  const SalvagePlan plan =
      PlanSalvage(OneExtent(4, {bad}), {kPage + 100, kPage + 200}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPage, 2 * kPage}));
  EXPECT_THAT(plan.lost, ElementsAre(bad));
  EXPECT_THAT(
      plan.good,
      ElementsAre(ExtentMap::Piece{{kPage, bad.begin},
                                   {kPlace + kPage, kPlace + bad.begin}},
                  ExtentMap::Piece{{bad.end, 2 * kPage},
                                   {kPlace + bad.end, kPlace + 2 * kPage}}));
}

TEST(PlanSalvage, LeavesGoodPagesAlone) {
  const SalvagePlan plan = PlanSalvage(
      OneExtent(8,
                {{kPage, kPage + kSector}, {5 * kPage, 5 * kPage + kSector}}),
      {0, 8 * kPage}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPage, 2 * kPage},
                                      FileRange{5 * kPage, 6 * kPage}));
}

TEST(PlanSalvage, JoinsNeighbouringPoisonedPages) {
  const SalvagePlan plan =
      PlanSalvage(OneExtent(8, {{2 * kPage - kSector, 2 * kPage + kSector}}),
                  {0, 8 * kPage}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPage, 3 * kPage}));
}

TEST(PlanSalvage, LeavesOutPoisonedPagesThatTheIoDoesNotTouch) {
  const SalvagePlan plan =
      PlanSalvage(OneExtent(8, {{0, kSector}, {5 * kPage, 6 * kPage}}),
                  {kPage, 2 * kPage}, {});
  EXPECT_THAT(plan.pages, IsEmpty());
}

TEST(PlanSalvage, HasNothingToSaveWhereAWriteReplacesWholePages) {
  const FileRange write{kPage, 3 * kPage};
  const SalvagePlan plan =
      PlanSalvage(OneExtent(4, {{kPage, 3 * kPage}}), write, write);
  EXPECT_THAT(plan.replaced, ElementsAre(write));
  EXPECT_THAT(plan.pages, IsEmpty());
  EXPECT_THAT(plan.good, IsEmpty());
  EXPECT_THAT(plan.lost, IsEmpty());
}

TEST(PlanSalvage, SavesWhatAWriteLeavesOfItsFirstAndLastPage) {
  const FileRange write{kPage + kSector, 3 * kPage + kSector};
  const SalvagePlan plan =
      PlanSalvage(OneExtent(5, {{kPage, 4 * kPage}}), write, write);
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPage, 2 * kPage},
                                      FileRange{3 * kPage, 4 * kPage}));
  EXPECT_THAT(plan.replaced, ElementsAre(FileRange{2 * kPage, 3 * kPage}));
  EXPECT_THAT(plan.lost,
              ElementsAre(FileRange{kPage, kPage + kSector},
                          FileRange{3 * kPage + kSector, 4 * kPage}));
  EXPECT_THAT(plan.good, IsEmpty());
}

TEST(PlanSalvage, CountsASectorThatIsReplacedInPartAsLost) {
  const FileRange write{100, 200};
  const SalvagePlan plan =
      PlanSalvage(OneExtent(1, {{0, kSector}}), write, write);
  EXPECT_THAT(plan.lost, ElementsAre(FileRange{0, kSector}));
}

TEST(PlanSalvage, LosesNothingWhenTheWriteCoversTheBadSector) {
  const FileRange write{kSector, 2 * kSector};
  const SalvagePlan plan = PlanSalvage(OneExtent(1, {write}), write, write);
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{0, kPage}));
  EXPECT_THAT(plan.lost, IsEmpty());
  EXPECT_EQ(plan.good.size(), 2u);
}

TEST(PlanSalvage, SavesNothingPastTheEndOfTheFile) {
  Layout layout = OneExtent(2, {{kPage + 3 * kSector, 2 * kPage}});
  layout.size = kPage + 700;  // in the page's second sector
  const SalvagePlan plan = PlanSalvage(layout, {kPage, kPage + 700}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{kPage, 2 * kPage}));
  EXPECT_THAT(plan.lost, IsEmpty());
  EXPECT_THAT(plan.good, ElementsAre(ExtentMap::Piece{
                             {kPage, kPage + 2 * kSector},
                             {kPlace + kPage, kPlace + kPage + 2 * kSector}}));
}

TEST(PlanSalvage, TakesUnwrittenBlocksForZeros) {
  Layout layout = OneExtent(1, {{0, kSector}});
  layout.extents[0].unwritten = true;
  const SalvagePlan plan = PlanSalvage(layout, {0, kPage}, {});
  EXPECT_THAT(plan.pages, ElementsAre(FileRange{0, kPage}));
  EXPECT_THAT(plan.good, IsEmpty());
  EXPECT_THAT(plan.lost, IsEmpty());
}

TEST(PlanSalvage, FollowsExtentsThatLieApartOnTheDevice) {
  Layout layout{.size = 2 * kPage,
                .extents = {{.file = {0, kPage}, .device_begin = 9 * kPage},
                            {.file = {kPage, 2 * kPage}, .device_begin = 0}},
                .poison = {{kPage - kSector, kPage + kSector}}};
  const SalvagePlan plan = PlanSalvage(layout, {0, 2 * kPage}, {});
  EXPECT_THAT(plan.good,
              ElementsAre(ExtentMap::Piece{{0, kPage - kSector},
                                           {9 * kPage, 10 * kPage - kSector}},
                          ExtentMap::Piece{{kPage + kSector, 2 * kPage},
                                           {kSector, kPage}}));
}

}  // namespace
}  // namespace daxmend
