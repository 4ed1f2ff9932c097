// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string ErrorOf(const PlanRequest& request, uint64_t size) {
  try {
    PlanPoison(request, "/mnt/pmem/f", size);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Plan, PoisonsTheWholeRegionInWholeSectors) {
  EXPECT_EQ(PlanPoison({.offset = 700, .length = 400}, "f", kMiB),
            (std::vector<FileRange>{{512, 1536}}));
  EXPECT_EQ(PlanPoison({.offset = 4096}, "f", kMiB),
            (std::vector<FileRange>{{4096, kMiB}}));
}

TEST(Plan, DrawsTheSameSpansForTheSameSeed) {
  PlanRequest request{
      .offset = 0, .length = kMiB, .count = 64, .span = 4096, .seed = 42};
  EXPECT_EQ(PlanPoison(request, "f", kMiB), PlanPoison(request, "f", kMiB));
  PlanRequest other = request;
  other.seed = 43;
  EXPECT_NE(PlanPoison(request, "f", kMiB), PlanPoison(other, "f", kMiB));
}

TEST(Plan, SpansSmallerThanAPageEachHaveAPageOfTheirOwn) {
  const auto spans = PlanPoison(
      {.offset = 8192, .length = kMiB / 2, .count = 100, .span = 512}, "f",
      kMiB);
  std::set<uint64_t> pages;
  for (FileRange span : spans) {
    EXPECT_EQ(span.length(), 512u);
    EXPECT_EQ(span.begin % 512, 0u);
    EXPECT_TRUE((FileRange{8192, 8192 + kMiB / 2}).Contains(span));
    pages.insert(span.begin / kPageBytes);
  }
  EXPECT_EQ(pages.size(), 100u);
}

TEST(Plan, CanFillTheRegionToTheLastSpan) {
  const auto spans =
      PlanPoison({.offset = 0, .length = kMiB, .count = 256}, "f", kMiB);
  EXPECT_EQ(Normalize(spans), (std::vector<FileRange>{{0, kMiB}}));
}

TEST(Plan, DrawsEveryPageOfTheRegionSoonerOrLater) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 200; ++seed)
    for (FileRange span : PlanPoison(
             {.length = 16 * kPageBytes, .count = 2, .seed = seed}, "f", kMiB))
      seen.insert(span.begin / kPageBytes);
  EXPECT_EQ(seen.size(), 16u);
}

TEST(Plan, PutsASpanAtTheBeginningOfEverySoManyBytes) {
  EXPECT_EQ(
      PlanPoison(
          {.offset = 4096, .length = 3 * 65536, .every = 65536, .span = 512},
          "f", kMiB),
      (std::vector<FileRange>{{4096, 4608}, {69632, 70144}, {135168, 135680}}));
  EXPECT_THAT(ErrorOf({.every = 2048}, kMiB), testing::HasSubstr("--every"));
  EXPECT_THAT(ErrorOf({.every = 5000}, kMiB), testing::HasSubstr("--every"));
  EXPECT_THAT(ErrorOf({.length = 2048, .every = 4096}, kMiB),
              testing::HasSubstr("lower --span"));
}

TEST(Plan, TakesGivenRangesAsTheyAre) {
  EXPECT_EQ(PlanPoison({.ranges = {{8192, 8704}, {512, 1024}}}, "f", kMiB),
            (std::vector<FileRange>{{512, 1024}, {8192, 8704}}));
  EXPECT_THAT(ErrorOf({.ranges = {{0, 1024}, {512, 2048}}}, kMiB),
              testing::HasSubstr("overlaps"));
  EXPECT_THAT(ErrorOf({.ranges = {{0, 700}}}, kMiB),
              testing::HasSubstr("whole units of 512 bytes"));
  EXPECT_THAT(ErrorOf({.ranges = {{kMiB - 512, kMiB + 512}}}, kMiB),
              testing::HasSubstr("past the end"));
  EXPECT_THAT(ErrorOf({.ranges = {{1024, 512}}}, kMiB),
              testing::HasSubstr("empty"));
}

TEST(Plan, ReadsWhatListPrints) {
  EXPECT_EQ(ReadPlan(R"({"schema": 1, "poison": [{"device": "pmem0",
      "sector_begin": 8, "sector_end": 9, "file_begin": 512,
      "file_end": 1024}]})",
                     "plan.json", "/f"),
            (std::vector<FileRange>{{512, 1024}}));
  for (const char* bad :
       {"", "{", "[]", R"({"poison": []})", R"({"poison": [{}]})",
        R"({"poison": [{"file_begin": -512, "file_end": 0}]})",
        R"({"poison": [{"file_begin": 1.5, "file_end": 512}]})"}) {
    try {
      ReadPlan(bad, "plan.json", "/f");
      FAIL() << bad;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::StartsWith("plan.json"));
    }
  }
}

TEST(Plan, RefusesThePlanOfAnotherFileOrDevice) {
  const std::string text = R"({"poison": [{"device": "pmem0", "path": "/a",
      "sector_begin": 2056, "sector_end": 2064, "file_begin": 512,
      "file_end": 1024}]})";
  const DevicePart pmem0{
      .disk = "pmem0", .node = "/dev/pmem0", .units = {0, 2064}};
  const DevicePart part{
      .disk = "pmem0", .node = "/dev/pmem0p1", .units = {2048, 2064}};
  const DevicePart small{
      .disk = "pmem0", .node = "/dev/pmem0", .units = {0, 2063}};
  const DevicePart pmem1{
      .disk = "pmem1", .node = "/dev/pmem1", .units = {0, 9999}};
  EXPECT_EQ(ReadPlan(text, "p", "/a"), (std::vector<FileRange>{{512, 1024}}));
  EXPECT_THROW(ReadPlan(text, "p", "/b"), Error);
  EXPECT_EQ(ReadDevicePlan(text, "p", pmem0),
            (std::vector<FileRange>{{2056 * 512, 2064 * 512}}));
  EXPECT_EQ(ReadDevicePlan(text, "p", part),
            (std::vector<FileRange>{{8 * 512, 16 * 512}}));
  EXPECT_THROW(ReadDevicePlan(text, "p", small), Error);
  EXPECT_THROW(ReadDevicePlan(text, "p", pmem1), Error);
  DevicePart lines = pmem0;
  lines.unit_bytes = 64;
  EXPECT_THROW(ReadDevicePlan(text, "p", lines), Error);
}

TEST(Plan, NamesTheFileAndTheWayOutWhenThereIsNoRoom) {
  EXPECT_THAT(ErrorOf({.offset = kMiB}, kMiB),
              testing::AllOf(testing::HasSubstr("/mnt/pmem/f"),
                             testing::HasSubstr("--offset")));
  EXPECT_THAT(ErrorOf({.offset = 4096, .length = kMiB}, kMiB),
              testing::HasSubstr("--length"));
  EXPECT_THAT(ErrorOf({.length = UINT64_MAX}, kMiB),
              testing::HasSubstr("--length"));
  EXPECT_THAT(ErrorOf({.length = 8192, .count = 3}, kMiB),
              testing::HasSubstr("room for 2"));
  EXPECT_THAT(ErrorOf({.length = 0}, kMiB), testing::HasSubstr("nothing"));
  EXPECT_THAT(ErrorOf({.count = 0}, kMiB), testing::HasSubstr("nothing"));
  EXPECT_THAT(ErrorOf({.count = 1, .span = 100}, kMiB),
              testing::HasSubstr("power of two"));
  EXPECT_THAT(ErrorOf({.count = 1, .span = 3000}, kMiB),
              testing::HasSubstr("power of two"));
}

}  // namespace
}  // namespace daxmend
