// SPDX-License-Identifier: GPL-2.0-only

#include "records/injection_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

InjectionRecord Sample() {
  return {{{.injector = "ndctl",
            .device = "pmem0",
            .file = "/mnt/pmem/f",
            .time_ns = 123456789,
            .ranges = {{{0, 512}, {8, 9}, {4096, 4608}},
                       {{1024, 1536}, {10, 11}, {5120, 5632}}}},
           {.injector = "ndctl",
            .device = "pmem0",
            .file = "/mnt/pmem/f",
            .time_ns = 223456789,
            .ranges = {{{0, 8192}, {8, 24}, {4096, 12288}}}}}};
}

TEST(InjectionRecord, CountsSectorsAndPagesOfEveryInjection) {
  EXPECT_EQ(Sample().InjectedSectors(), 18u);
  // Two sectors of one page, then two pages.
  EXPECT_EQ(Sample().InjectedPages(), 3u);
}

TEST(InjectionRecord, ComesBackFromItsJson) {
  EXPECT_EQ(InjectionRecordFromJson(ToJson(Sample()), "x").injections,
            Sample().injections);
}

TEST(InjectionRecord, TruncatedTextNamesTheFile) {
  const std::string json = ToJson(Sample());
  for (size_t length = 0; length + 2 < json.size(); ++length) {
    try {
      InjectionRecordFromJson(std::string_view(json).substr(0, length),
                              "dir/inject.json");
      FAIL() << length;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::StartsWith("dir/inject.json"));
    }
  }
}

TEST(InjectionRecord, RefusesRangesThatEndBeforeTheyBegin) {
  std::string json = ToJson(Sample());
  json.replace(json.find("\"sector_end\": 9"), 15, "\"sector_end\": 7");
  EXPECT_THROW(InjectionRecordFromJson(json, "x"), Error);
}

}  // namespace
}  // namespace daxmend
