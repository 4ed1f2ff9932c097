// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr uint64_t kGiB = 1ull << 30;
constexpr SpaRange kMedia{4 * kGiB, 5 * kGiB};

BlockDevice Pmem() {
  return {.name = "pmem0", .disk = "pmem0", .start_sector = 0, .sectors = 9999};
}

std::string ErrorOf(const ExtentMap& map, FileRange range) {
  try {
    LocatePoison(map, Pmem(), kMedia, "/mnt/pmem/f", {range});
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(PoisonMap, SplitsARangeAtExtentsAndFindsThePhysicalAddress) {
  ExtentMap map({{.file = {0, 4096}, .device_begin = 1 << 20},
                 {.file = {4096, 8192}, .device_begin = 1 << 16}});
  EXPECT_EQ(LocatePoison(map, Pmem(), kMedia, "f", {{3584, 4608}}),
            (std::vector<PoisonedRange>{
                {{3584, 4096},
                 {(1 << 20) / 512 + 7, (1 << 20) / 512 + 8},
                 {4 * kGiB + (1 << 20) + 3584, 4 * kGiB + (1 << 20) + 4096}},
                {{4096, 4608},
                 {(1 << 16) / 512, (1 << 16) / 512 + 1},
                 {4 * kGiB + (1 << 16), 4 * kGiB + (1 << 16) + 512}}}));
}

TEST(PoisonMap, CountsSectorsOnTheDiskNotOnThePartition) {
  ExtentMap map({{.file = {0, 4096}, .device_begin = 0}});
  BlockDevice partition{.name = "pmem0p1",
                        .disk = "pmem0",
                        .start_sector = 2048,
                        .sectors = 9999};
  const auto located = LocatePoison(map, partition, kMedia, "f", {{0, 512}});
  EXPECT_EQ(located[0].sectors, (SectorRange{2048, 2049}));
  EXPECT_EQ(located[0].spa.begin, 4 * kGiB + 2048 * 512);
}

TEST(PoisonMap, RefusesWhatHasNoPlaceOfItsOwn) {
  using testing::HasSubstr;
  ExtentMap hole({{.file = {0, 4096}, .device_begin = 0},
                  {.file = {8192, 12288}, .device_begin = 4096}});
  EXPECT_THAT(ErrorOf(hole, {0, 8704}),
              testing::AllOf(HasSubstr("hole"), HasSubstr("offset 4096")));
  EXPECT_THAT(ErrorOf(hole, {12288, 12800}), HasSubstr("hole"));
  ExtentMap unwritten(
      {{.file = {0, 4096}, .device_begin = 0, .unwritten = true}});
  EXPECT_THAT(ErrorOf(unwritten, {0, 512}), HasSubstr("never written"));
  ExtentMap shared({{.file = {0, 4096}, .device_begin = 0, .shared = true}});
  EXPECT_THAT(ErrorOf(shared, {0, 512}), HasSubstr("reflink"));
  ExtentMap inside({}, {{{0, 4096}, "is kept in the file's inode"}});
  EXPECT_THAT(ErrorOf(inside, {512, 1024}),
              testing::AllOf(HasSubstr("offset 512"), HasSubstr("inode")));
  ExtentMap far({{.file = {0, 4096}, .device_begin = 2 * kGiB}});
  EXPECT_THAT(ErrorOf(far, {0, 512}), HasSubstr("outside"));
}

}  // namespace
}  // namespace daxmend
